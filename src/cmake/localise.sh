#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Makes one object of several, of which other objects see the functions and variables of one namespace only:
#   localise.sh <ld> <objcopy> <objdump> <namespace> <output> <object>...
#
# Inline functions and instances of templates are weak symbols: of all that have one name the linker keeps any, and
# the whole program runs it. If that one was compiled for AVX-512, other machines end with SIGILL. A local symbol is
# never merged.
set -eu
ld=$1 objcopy=$2 objdump=$3 namespace=$4 output=$5
shift 5
merged=$output.merged entries=$output.entries
trap 'rm -f "$merged" "$entries"' EXIT

refuse() {
  echo "fusegrad_add_versions: $namespace: $1" >&2
  exit 1
}

# Of section groups with one name the linker keeps one, even if their symbols are local: dissolve them.
"$ld" -r --force-group-allocation -o "$merged" "$@"

# Defined, global and neither weak nor unique, with the namespace in its mangled name.
"$objdump" -t "$merged" | awk -v name="${#namespace}$namespace" '
  /^[0-9a-f]+ g/ && !/\*UND\*/ && index($NF, name) { print $NF }' >"$entries"
[ -s "$entries" ] || refuse "expected 'namespace FUSEGRAD_VERSION { ... }' with a function to call, found none"

# Initialisers of globals run before anybody can ask the processor. What they reach, through calls and addresses,
# must do with the instructions of every x86-64: those of later sets begin with v, or are named.
late=$({
  "$objdump" -t "$merged"
  "$objdump" -r "$merged"
  "$objdump" -d --no-show-raw-insn "$merged"
} | awk '
  /^SYMBOL TABLE/ { part = "symbols"; next }
  /^RELOCATION RECORDS FOR/ { part = "relocations"; split($4, cut, /[][]/); from = cut[2]; next }
  /^Disassembly of section/ { part = "code"; from = $4; sub(/:$/, "", from); next }
  part == "symbols" && NF >= 4 { section_of[$NF] = $(NF - 2) ~ /^[.*]/ ? $(NF - 2) : $(NF - 3) }
  part == "relocations" && $2 ~ /^R_/ {
    to = $3
    sub(/[+-]0x[0-9a-f]+$/, "", to)
    refers[from] = refers[from] " " (to in section_of ? section_of[to] : to)
  }
  part == "code" && !(from in newer) &&
    $2 ~ /^(v[a-z]|k(mov|or|and|xor|not|test|shift|unpck)|andn$|bextr|bls|bzhi|lzcnt|movbe|mulx|pdep|pext|popcnt|rorx|sarx|shlx|shrx)/ {
    newer[from] = $2
  }
  END {
    for (section in refers) if (section ~ /^\.(init_array|preinit_array|ctors)/) waiting[++last] = section
    for (at = 1; at <= last; ++at) {
      section = waiting[at]
      if (section in newer) { print section " (" newer[section] ")"; exit }
      count = split(refers[section], next_ones, " ")
      for (i = 1; i <= count; ++i)
        if (!(next_ones[i] in seen)) { seen[next_ones[i]] = 1; waiting[++last] = next_ones[i] }
    }
  }')
[ -z "$late" ] || refuse "expected static initialisers that any x86-64 can run, since they run before a version is \
chosen; found $late: move such globals into functions"

"$objcopy" --keep-global-symbols="$entries" --remove-section=.llvm_addrsig "$merged" "$output"
