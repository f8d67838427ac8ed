#!/bin/sh
# Sets up everything and runs the acceptance suite: every combination that must work, without a server.
set -eu
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh
exec ./scripts/deno task --quiet acceptance "$@"
