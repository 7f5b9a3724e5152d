#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Measures the compilation of one file at -O2 and compares it with its budgets:
#     check.sh <source root> <file> gcc|clang <response file> <measure> <compiler>
#
# instantiations   g++: specialisations in its tables (-fstats); clang: class and function templates instantiated
# peak_mib         the compiler's peak memory
# object_bytes     text + data + bss of the object
# Seconds are printed as a multiple of baseline.cpp, and never fail the test: machines differ.
set -eu
root=$1 file=$2 kind=$3 flags=$4 measure=$5 compiler=$6
table=$root/test/cost/table.txt
LC_ALL=C; export LC_ALL

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One instruction set for every machine, so that the table fits all of them.
case $(uname -m) in
  x86_64 | amd64) arch='-mavx2 -mfma' ;;
  *) arch= ;;
esac

# compile <name> <file> [option...]: leaves <name>.o, .cost and .log
compile() {
  name=$1 source=$2
  shift 2
  # shellcheck disable=SC2086
  "$measure" "$work/$name.cost" "$compiler" "@$flags" -O2 $arch "$@" -c "$source" -o "$work/$name.o" \
    >"$work/$name.log" 2>&1 || { echo "FAIL: $source does not compile:"; sed -n 1,15p "$work/$name.log"; exit 1; }
}

compile baseline "$root/test/cost/baseline.cpp"
compile subject "$root/$file"
# Counting doubles the time, so it has a run of its own.
if [ "$kind" = gcc ]; then
  compile counted "$root/$file" -fsyntax-only -fstats
  instantiations=$(awk '/^(decl|type)_specializations:/ { sum += $4 } END { print sum + 0 }' "$work/counted.log")
else
  compile counted "$root/$file" -ftime-trace="$work/trace.json" -ftime-trace-granularity=0
  instantiations=$(grep -oE '"name":"Instantiate(Class|Function)"' "$work/trace.json" | wc -l)
fi

read -r baseline_seconds _ <"$work/baseline.cost"
read -r seconds peak_mib <"$work/subject.cost"
object_bytes=$(size "$work/subject.o" | awk 'NR == 2 { print $4 }')

echo "$file, $kind: $seconds s of processor time," \
  "$(awk "BEGIN { printf \"%.2f\", $seconds / $baseline_seconds }") times the baseline's $baseline_seconds s"

bad=0
check() { # <metric> <measured>
  budget=$(awk -v file="$file" -v kind="$kind" -v metric="$1" \
    '$1 == file && $2 == kind && $3 == metric { print $4 }' "$table")
  if [ -z "$budget" ]; then
    echo "FAIL: no budget; with a tenth to spare the row is:"
    echo "$file $kind $1 $(($2 + $2 / 10))"
    bad=1
  elif [ "$2" -gt "$budget" ]; then
    echo "FAIL: $1 is $2, over the budget of $budget"
    bad=1
  else
    echo "$1 $2 of $budget"
  fi
}
check instantiations "$instantiations"
check peak_mib "$peak_mib"
check object_bytes "$object_bytes"
exit $bad
