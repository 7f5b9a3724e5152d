#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The comparison, from nothing:   sh examples/compare/run.sh [option of compare]...
# Installs what is missing and small, builds every peer whose library is there, checks, measures and prints the table, which
# also goes to build/compare/compare.md, and as a chart to compare.png beside it.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
. "$root/test/build.sh"

sh "$root/test/packages.sh" g++ cmake ninja-build libboost-dev libboost-iostreams-dev libtbb-dev libxsimd-dev \
  --optional dataset-fashion-mnist gnuplot-nox libgnuplot-iostream-dev libboost-filesystem-dev libboost-system-dev \
  libeigen3-dev libceres-dev libtrilinos-sacado-dev libadolc-dev

build=$root/build/compare
configure "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="${CXX:-g++}" -DFUSEGRAD_TESTS=OFF \
  -DFUSEGRAD_COMPARE=ON
cmake --build "$build" --parallel "$(jobs)" --target compare
"$build/examples/compare/compare" --markdown "$build/compare.md" --chart "$build/compare.png" "$@"
echo "The same table as Markdown and as a chart: $build/compare.md, $build/compare.png"
