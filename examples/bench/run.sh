#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The benchmarks, from nothing:   sh examples/bench/run.sh [option of Google Benchmark]...
# Installs what is missing, builds every program here, runs one after the other and prints their tables, which also go
# to build/bench/bench.md.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/test/build.sh"

sh "$root/test/packages.sh" g++ cmake ninja-build libboost-dev libboost-iostreams-dev libtbb-dev libxsimd-dev \
  libbenchmark-dev libeigen3-dev

build=$root/build/bench
configure "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="${CXX:-g++}" -DFUSEGRAD_TESTS=OFF \
  -DFUSEGRAD_COMPARE=ON
cmake --build "$build" --parallel "$(jobs)" --target bench bench_measure

tables=$build/bench.md
: >"$tables"
for program in closed_forms layers elementwise products_float products_double scaling_rows scaling_width \
  scaling_depth; do
  "$build/examples/bench/$program" "$@" >"$build/table.md"
  cat "$build/table.md"
  cat "$build/table.md" >>"$tables"
done
cmake --build "$build" --target bench_compile_time | tee "$build/table.md"
sed -n '/^Compile time/,/^$/p; /^|/p' "$build/table.md" >>"$tables"
echo
echo "All tables: $tables"
