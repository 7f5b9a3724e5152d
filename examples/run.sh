#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The main job, from nothing:   sh examples/run.sh [option for cmake]...
# Installs what is missing, builds the examples in build/examples and runs them in order.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/test/build.sh"

sh "$root/test/packages.sh" g++ cmake ninja-build libboost-dev libboost-iostreams-dev libtbb-dev libxsimd-dev \
  --optional dataset-fashion-mnist gnuplot-nox libgnuplot-iostream-dev libeigen3-dev \
  libboost-filesystem-dev libboost-system-dev

build=$root/build/examples
configure "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="${CXX:-g++}" \
  -DFUSEGRAD_TESTS=OFF -DFUSEGRAD_COMPARE=OFF "$@"
cmake --build "$build" --parallel "$(jobs)"

pictures=$build/pictures
mkdir -p "$pictures"
cd "$pictures"
for source in "$root"/examples/[0-9][0-9]_*.cpp; do
  name=$(basename "$source" .cpp)
  [ -x "$build/examples/$name" ] || continue  # left out where Eigen is missing
  echo
  echo "== $name"
  "$build/examples/$name"
done

echo
if [ -n "$(find "$pictures" -type f)" ]; then
  echo "All examples ran. Their pictures:"
  find "$pictures" -type f | sort | sed 's/^/    /'
else
  echo "All examples ran. No pictures: that takes gnuplot-nox and libgnuplot-iostream-dev."
fi
