#!/bin/sh
# Sets up everything and shows the main job at work: simulator -> shared memory -> encoder -> RTP -> decoder.
set -eu
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh --demo
exec ./scripts/deno task --quiet demo "$@"
