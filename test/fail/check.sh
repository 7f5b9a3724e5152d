#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Checks one program that must not compile:   check.sh <file> gcc|clang <response file> <compiler>
#
# The file opens with a comment that states the message a user must read:
#     // expect: fixed text                 every compiler
#     // expect-gcc: ...  // expect-clang: ...   one compiler
# Every such text must stand in the first 15 lines of the compiler's output, as must a line of the file itself.
# The same file with -DPOSITIVE_TWIN must compile, so it cannot fail for another reason.
set -eu
file=$1 kind=$2 flags=$3 compiler=$4
LC_ALL=C; export LC_ALL

output=$(mktemp)
trap 'rm -f "$output"' EXIT

compile() { "$compiler" "@$flags" -fsyntax-only -fdiagnostics-color=never "$@" "$file" >"$output" 2>&1; }
first_lines() { sed -n 1,15p "$output"; }
fail() {
  echo "FAIL: $1"
  echo "----- the first 15 lines of $(wc -l <"$output") from the compiler:"
  first_lines | cut -c1-400
  exit 1
}

expected=$(awk -v kind="$kind" '
  !/^\/\// { exit }
  sub(/^\/\/ expect: */, "") || sub("^// expect-" kind ": *", "") { print }' "$file")
[ -n "$expected" ] || fail "$file opens with no line '// expect: ...'"

compile -DPOSITIVE_TWIN || fail "the positive twin must compile"
[ ! -s "$output" ] || fail "the positive twin must compile without a warning"

if compile; then fail "it compiles, but must not"; fi

# "included from" names the file too, but not the user's mistake.
first_lines | grep -v 'from [^:]*:[0-9:]*[:,]$' | grep -qF "$(basename "$file"):" ||
  fail "no line of $(basename "$file") is named"
printf '%s\n' "$expected" | while IFS= read -r text; do
  first_lines | grep -qF -- "$text" || fail "not found: $text"
done
echo "ok: $(printf '%s\n' "$expected" | wc -l) expected texts found"
