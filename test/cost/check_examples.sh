#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Compares what the examples took to compile, as noted while they were built, with their budgets:
#     check_examples.sh <source root> gcc|clang <folder of notes>
#
# A note is one line: processor seconds, and the compiler's peak memory in MiB. An example has a budget in
# examples.txt, or else the limit, which no budget exceeds.
set -eu
root=$1 kind=$2 notes=$3
budgets=$root/test/cost/examples.txt
limit=1536
LC_ALL=C; export LC_ALL

bad=0
fail() { echo "FAIL: $1"; bad=1; }
for source in "$root"/examples/[0-9][0-9]_*.cpp; do
  name=$(basename "$source" .cpp)
  [ "$name" != 05_dispatch ] || continue # three small files, one for each instruction set
  if [ ! -s "$notes/$name.cost" ]; then fail "$name: not built here, so that nothing is known"; continue; fi
  read -r seconds peak_mib <"$notes/$name.cost"
  budget=$(awk -v name="$name" -v kind="$kind" '$1 == name && $2 == kind { print $3 }' "$budgets")
  if [ -z "$budget" ]; then
    echo "$name: no budget but the limit; with a quarter to spare the row is:"
    echo "$name $kind $((peak_mib + peak_mib / 4))"
    budget=$limit
  fi
  if [ "$budget" -gt "$limit" ]; then
    fail "$name: a budget of $budget MiB is over the limit of $limit"
  elif [ "$peak_mib" -gt "$budget" ]; then
    fail "$name: $peak_mib MiB, over the budget of $budget"
  else
    echo "$name: $peak_mib MiB of $budget, $seconds s of processor time"
  fi
done
exit $bad
