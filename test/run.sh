#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# All tests, from nothing:   sh test/run.sh [option for cmake]...
# Installs what is missing, builds a g++ release in build/test, runs every test.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/test/build.sh"
start=$(date +%s)

sh "$root/test/packages.sh" g++ cmake ninja-build libboost-dev libboost-test-dev libboost-iostreams-dev \
  libtbb-dev libxsimd-dev \
  --optional dataset-fashion-mnist libeigen3-dev

build=$root/build/test
jobs=$(jobs)
configure "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="${CXX:-g++}" "$@"
cmake --build "$build" --parallel "$jobs"
echo "built in $(($(date +%s) - start)) s"
ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$jobs"
echo "All tests passed; $(($(date +%s) - start)) s from start to end."
