#!/bin/sh
# Sets up everything that the tests need and runs every test, or those that are named.
set -eu
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh --tests
exec ./scripts/deno task test "$@"
