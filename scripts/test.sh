#!/bin/sh
# Installs all dependencies of the tests and runs all tests, or the given ones.
set -eu
cd -- "$(dirname -- "$0")/.."
./scripts/bootstrap.sh --tests
exec ./scripts/deno task test "$@"
