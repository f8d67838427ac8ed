#!/bin/sh
# Sets up everything and runs the fault suite: streams that are disturbed, and must recover.
set -eu
# Paths among the arguments are meant as they were typed.
export INIT_CWD="${INIT_CWD:-$PWD}"
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh --faults
exec ./scripts/deno task --quiet fault-suite "$@"
