#!/bin/sh
# Sets up everything and runs the fault suite: streams that are disturbed, and must recover.
set -eu
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh --faults
exec ./scripts/deno task --quiet fault-suite "$@"
