#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Builds and runs the consumers:   check.sh find_package|add_subdirectory <source> <build> <compiler> <cmake> <generator>
set -eu
way=$1 source=$2 build=$3 compiler=$4 cmake=$5 generator=$6

# A space in every path, because users have them.
base=$(mktemp -d)
trap 'rm -rf "$base"' EXIT
work="$base/fusegrad install"
mkdir "$work"

if [ "$way" = find_package ]; then
  "$cmake" --install "$build" --prefix "$work/prefix" >/dev/null
fi
"$cmake" -S "$source/test/install/consumer" -B "$work/build" -G "$generator" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DUSE_WAY="$way" -DFUSEGRAD_SOURCE="$source" -DCMAKE_CXX_FLAGS=-Werror
"$cmake" --build "$work/build"
"$work/build/consumer_fusegrad"
"$work/build/consumer_native"

# Several instruction sets in one program.
[ -x "$work/build/versions/consumer_versions" ] || exit 0
"$work/build/versions/consumer_versions"
instructions=$source/test/install/instructions.sh
sh "$instructions" "$work/build/versions/consumer_versions"
if sh "$instructions" "$work/build/versions/consumer_merged" >"$work/log" || ! grep -q numbered "$work/log"; then
  echo "FAIL: merely linked, main calls a function 'numbered' for AVX-512, and the check must say so"
  cat "$work/log"
  exit 1
fi

# refused <target> <sentence>
refused() {
  if "$cmake" --build "$work/build" --target "$1" >"$work/log" 2>&1 || ! grep -q "$2" "$work/log"; then
    echo "FAIL: expected $1 to be refused with: $2"
    cat "$work/log"
    exit 1
  fi
}
refused consumer_early "compiled_for_avx2: expected static initialisers that any x86-64 can run"
refused consumer_nothing "compiled_for_avx2: expected 'namespace FUSEGRAD_VERSION { ... }' with a function to call"
echo "versions: all right"
