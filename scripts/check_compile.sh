#!/bin/sh
# Compiles the product with the deno given and runs it alone: what cannot be embedded shows here.
# DENORT_BIN may name the base executable, where it cannot be downloaded.
set -eu
cd -- "$(dirname -- "$0")/.."
deno=${1:-./scripts/deno}
./scripts/build_native.sh
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$deno" compile --quiet --no-prompt --allow-ffi --allow-net --allow-read --allow-write \
  --allow-env=CVMMAP_SHIM,NOTIFY_SOCKET,WATCHDOG_USEC,WATCHDOG_PID --include native/build/libcvmmap_shim.so \
  --output "$directory/cvmmap-streamer" main.ts
cd "$directory"
export TMPDIR="$directory"
./cvmmap-streamer --version
./cvmmap-streamer --codec h264 --input-mode dummy --dummy-frames 30 --rtp \
  --rtp-endpoint 127.0.0.1:9 --rtp-sdp stream.sdp
grep '^a=rtpmap:96 H264/90000' stream.sdp
