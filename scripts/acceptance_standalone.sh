#!/bin/sh
# Sets up everything and runs the acceptance suite: every combination that must work, without a server.
set -eu
# Paths among the arguments are meant as they were typed.
export INIT_CWD="${INIT_CWD:-$PWD}"
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh
exec ./scripts/deno task --quiet acceptance "$@"
