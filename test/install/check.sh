#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Builds and runs the consumers:   check.sh find_package|add_subdirectory <source> <build> <compiler> <cmake> <generator>
set -eu
way=$1 source=$2 build=$3 compiler=$4 cmake=$5 generator=$6

# A space in every path, because users have them.
work=$(mktemp -d "${TMPDIR:-/tmp}/fusegrad install XXXXXX")
trap 'rm -rf "$work"' EXIT

if [ "$way" = find_package ]; then
  "$cmake" --install "$build" --prefix "$work/prefix" >/dev/null
fi
"$cmake" -S "$source/test/install/consumer" -B "$work/build" -G "$generator" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DUSE_WAY="$way" -DFUSEGRAD_SOURCE="$source"
"$cmake" --build "$work/build"
"$work/build/consumer_fusegrad"
"$work/build/consumer_native"
