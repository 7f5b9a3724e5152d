#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# What each model costs to compile, in a user's program, at -O2:
#     compile_time.sh <source root> <response file> <measure> <compiler>
# The unit is test/cost/baseline.cpp: a program that includes the libraries fusegrad builds on, and nothing else.
set -eu
root=$1 flags=$2 measure=$3 compiler=$4
LC_ALL=C; export LC_ALL

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# cost <file>: seconds, MiB
cost() {
  "$measure" "$work/cost" "$compiler" "@$flags" -O2 -march=native -c "$1" -o "$work/object.o"
  cat "$work/cost"
}

echo
echo "Compile time per model, $("$compiler" --version | sed -n 1p)"
echo
echo "| model | s of processor time | times the libraries alone | peak MiB | object KiB |"
echo "|---|---:|---:|---:|---:|"
unit=
for file in test/cost/baseline.cpp examples/bench/models/header_alone.cpp \
  examples/bench/models/linear_regression.cpp examples/bench/models/softmax_regression.cpp \
  examples/bench/models/perceptron.cpp examples/bench/models/eight_layers.cpp \
  test/cost/chain_25.cpp test/cost/chain_100.cpp; do
  read -r seconds mebibytes <<COST
$(cost "$root/$file")
COST
  unit=${unit:-$seconds}
  bytes=$(size "$work/object.o" | awk 'NR == 2 { print $4 }')
  awk -v file="$(basename "$file" .cpp)" -v s="$seconds" -v unit="$unit" -v m="$mebibytes" -v b="$bytes" \
    'BEGIN { printf "| %s | %.2f | %.2f | %d | %.0f |\n", file, s, s / unit, m, b / 1024 }'
done
