#!/bin/sh
# Builds the native shim from native/*.c if a source file is newer than the library.
#
#   scripts/build_native.sh            for running from the sources on this machine
#   scripts/build_native.sh TARGET     for an executable; TARGET is a Deno target, for example
#                                      aarch64-unknown-linux-gnu
#
# The compiler is $CC, or cc by default; ARCHITECTURE-linux-gnu-gcc for another architecture.
set -eu
cd -- "$(dirname -- "$0")/.."
directory=native/build${1:+/$1}
compiler=${CC:-cc}
architecture=${1:-$(uname -m)}
architecture=${architecture%%-*}
if [ "$architecture" != "$(uname -m)" ]; then compiler=${CC:-$architecture-linux-gnu-gcc}; fi
out=$directory/libcvmmap_shim.so
mkdir -p "$directory"
if [ -e "$out" ] && [ -z "$(find native scripts/build_native.sh -newer "$out" -name '*.[chs]*' -type f -not -path 'native/build/*')" ]; then
  exit 0
fi
if ! command -v "$compiler" >/dev/null; then
  echo "build_native.sh: the C compiler $compiler is missing: install it (Debian: gcc or gcc-$architecture-linux-gnu) or set CC to another one" >&2
  exit 5
fi
# nodelete: its signal handler stays in the process when a Deno worker that opened it ends.
"$compiler" -std=c11 -O3 -Wall -Wextra -Werror -fPIC -shared -fvisibility=hidden -Wl,-z,nodelete \
  -o "$out.new" native/*.c -ldl -lpthread -lrt
mv "$out.new" "$out"
echo "built $out" >&2
