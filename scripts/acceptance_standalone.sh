#!/bin/sh
# Installs all dependencies and runs the acceptance suite: every supported combination, without a server.
set -eu
# Relative paths in the arguments refer to the directory of the caller.
export INIT_CWD="${INIT_CWD:-$PWD}"
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh
exec ./scripts/deno task --quiet acceptance "$@"
