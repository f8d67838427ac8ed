#!/bin/sh
# Installs all dependencies and runs the demo: simulator -> shared memory -> encoder -> RTP -> decoder.
set -eu
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh --demo
exec ./scripts/deno task --quiet demo "$@"
