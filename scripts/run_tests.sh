#!/bin/sh
# Runs the tests that are named, by path or flag. All if none are: those beside the code, as many files at
# once as there are processors; then those of tests/ one after another, for many measure what streams do.
set -u
cd -- "$(dirname -- "$0")/.."
run() { ./scripts/deno test -A --quiet --ignore=tests/executable "$@"; }
if [ $# -gt 0 ]; then
  run "$@"
  exit
fi
run --parallel src ffi
beside_the_code=$?
run tests && exit $beside_the_code
