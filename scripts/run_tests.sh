#!/bin/sh
# Runs the given tests (paths and flags of "deno test"), or all tests. The unit tests run in parallel. The tests
# in tests/ run one after another: many of them measure streams.
set -u
cd -- "$(dirname -- "$0")/.."
run() { ./scripts/deno test -A --quiet --ignore=tests/executable "$@"; }
if [ $# -gt 0 ]; then
  run "$@"
  exit
fi
run --parallel src ffi scripts
unit_tests=$?
run tests && exit $unit_tests
