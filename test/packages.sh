#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Installs the Debian packages it is given, those that are missing:
#     packages.sh <package>... [--optional <package>...]
# Where that cannot be done it names them and goes on: the next step then says what it lacks.
set -eu

is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

required= optional= in_optional=no
for word in "$@"; do
  if [ "$word" = --optional ]; then in_optional=yes; continue; fi
  if command -v dpkg-query >/dev/null 2>&1 && is_installed "$word"; then continue; fi
  if [ $in_optional = yes ]; then optional="$optional $word"; else required="$required $word"; fi
done
[ -n "$required$optional" ] || exit 0

by_hand() {
  echo "$1"
  [ -z "$required" ] || echo "    needed (names as in Debian):  $required"
  [ -z "$optional" ] || echo "    useful, not needed:           $optional"
  echo "Going on without installing anything."
  exit 0
}

command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1 ||
  by_hand "This is not Debian: please see to it that these are installed."

if [ "$(id -u)" -eq 0 ]; then
  as_root=env
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo env"
else
  by_hand "Neither root nor sudo: please install these with apt-get as root."
fi

apt() { $as_root DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@"; }

echo "Installing:$required$optional"
apt update >/dev/null || echo "apt-get update failed; trying with the lists at hand."
# shellcheck disable=SC2086
if [ -n "$required" ]; then
  apt install $required || by_hand "apt-get could not install these; please do it by hand."
fi
for package in $optional; do
  apt install "$package" || echo "Cannot have $package; going on without it."
done
