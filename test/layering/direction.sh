#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Checks the direction of every #include between our headers:   direction.sh <include directory>
# A header includes its own folder and the folders before it in the list; pass/ does not see expr/; compile.hpp sees
# everything up to kernel/; fusegrad.hpp sees everything and nobody sees it. One header alone names xsimd or
# a processor's intrinsics.
set -eu
cd "$1"

find fusegrad -name '*.hpp' | LC_ALL=C sort | while IFS= read -r header; do
  printf 'FILE %s\n' "$header"
  cat "$header"
done | awk '
  BEGIN {
    count = split("base graph op expr pass kernel compile.hpp run data train plot fusegrad.hpp", order, " ")
    for (i = 1; i <= count; ++i) rank[order[i]] = i
  }
  function layer(path, part) { split(path, part, "/"); return part[2] }
  function wrong(sentence) { printf "FAIL: %s:%d: %s\n", file, line, sentence; ++errors }

  /^FILE / {
    file = substr($0, 6); from = layer(file); line = 0; ++files
    if (!(from in rank)) wrong("the folder " from " has no place in the order")
    next
  }
  { ++line }
  line == 1 && $0 != "// SPDX-License-Identifier: BSL-1.0" { wrong("the first line names no licence") }
  /^[ \t]*#[ \t]*include[ \t]*["<]/ {
    path = $0; sub(/^[^"<]*["<]/, "", path); sub(/[">].*$/, "", path)
    if (path ~ /^xsimd\/|intrin\.h$|^arm_neon\.h$/ && file != simd_header) {
      if (simd_header == "") simd_header = file
      else wrong("xsimd and intrinsics belong in " simd_header " alone")
    }
    if ($0 ~ /"/ && path !~ /^fusegrad\//) { wrong("write #include <fusegrad/...>, not \"" path "\""); next }
    if (path !~ /^fusegrad\//) next
    to = layer(path)
    if (!(to in rank)) wrong("unknown folder in " path)
    else if (rank[to] > rank[from]) wrong(from " must not include " path)
    else if (from == "pass" && to == "expr") wrong("pass must not include " path)
    else if (to == "fusegrad.hpp") wrong("no header includes fusegrad.hpp")
  }
  END { printf "%d headers, %d wrong\n", files, errors; exit errors > 0 }'
