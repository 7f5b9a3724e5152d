# SPDX-License-Identifier: BSL-1.0
# Read by the run scripts: what they share about building.

# How many compilers at once: one per processor, each with 1.5 GiB to work in.
jobs() {
  processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo 2>/dev/null || true)
  count=${memory:-2}
  [ "$count" -le "$processors" ] || count=$processors
  [ "$count" -ge 1 ] || count=1
  echo "$count"
}

# configure <build directory> <cmake argument>...: with Ninja where there is one.
configure() {
  directory=$1
  shift
  if [ ! -e "$directory/CMakeCache.txt" ] && command -v ninja >/dev/null 2>&1; then set -- -G Ninja "$@"; fi
  cmake -S "$root" -B "$directory" "$@"
}
