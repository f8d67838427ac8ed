#!/bin/sh
# Builds the native shim from native/*.c with the system's C compiler, if it is older than its sources.
set -eu
cd -- "$(dirname -- "$0")/.."
out=native/build/libcvmmap_shim.so
mkdir -p native/build
if [ -e "$out" ] && [ -z "$(find native scripts/build_native.sh -newer "$out" -name '*.[chs]*' -type f -not -path 'native/build/*')" ]; then
  exit 0
fi
${CC:-cc} -std=c11 -O3 -Wall -Wextra -Werror -fPIC -shared -fvisibility=default \
  -o "$out.new" native/*.c -ldl -lpthread -lrt
mv "$out.new" "$out"
echo "built $out" >&2
