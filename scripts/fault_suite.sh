#!/bin/sh
# Installs all dependencies and runs the fault suite: streams with injected faults, which must recover.
set -eu
# Relative paths in the arguments refer to the directory of the caller.
export INIT_CWD="${INIT_CWD:-$PWD}"
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh --faults
exec ./scripts/deno task --quiet fault-suite "$@"
