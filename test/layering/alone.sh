#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Compiles each header of one folder alone, warnings as errors:
#     alone.sh <include directory> <folder below it> <response file> <compiler>
set -eu
root=$1 folder=$2 flags=$3 compiler=$4
LC_ALL=C; export LC_ALL

output=$(mktemp)
trap 'rm -f "$output"' EXIT
count=0 bad=0
for header in "$root/$folder"/*.hpp; do
  [ -e "$header" ] || continue
  count=$((count + 1))
  name=$folder/$(basename "$header")
  if ! printf '#include <%s>\n' "$name" |
    "$compiler" "@$flags" -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Werror -x c++ - >"$output" 2>&1; then
    bad=$((bad + 1))
    echo "FAIL: $name does not compile alone:"
    sed -n 1,15p "$output" | cut -c1-400
  fi
done
echo "$((count - bad)) of $count headers of $folder compile alone"
[ "$bad" -eq 0 ]
