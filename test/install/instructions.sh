#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# No function of a program that the linker may have merged has instructions beyond those of every x86-64:
#     instructions.sh <program>
# Local functions are never merged, even if they have the name of others; those of namespaces compiled_for_... are
# called by choice.
set -eu
program=$1
LC_ALL=C; export LC_ALL
{
  objdump -t "$program"
  objdump -d --no-show-raw-insn "$program"
} | awk '
  /^[0-9a-f]+ ([gu!]| w)/ && / F / { global[$1] = 1; next }
  /^[0-9a-f]+ <.*>:$/ {
    name = substr($2, 2, length($2) - 3)
    checked = $1 in global && name !~ /compiled_for_(avx2|avx512)/
    functions += checked
    next
  }
  $2 ~ /^(v[a-z]|k(mov|ortest)|andn$|bextr|bls|bzhi|lzcnt|movbe|mulx|pdep|pext|popcnt|rorx|sarx|shlx|shrx)/ {
    ++newer
    if (checked && !(name in told)) { told[name] = 1; print name ": " $2; ++bad }
  }
  END {
    printf "%d of %d functions that may be merged have newer instructions; the program has %d of those\n", bad, functions, newer
    exit bad > 0 || functions == 0 || newer == 0
  }'
