#!/usr/bin/env bash
#
# On a terminal a line says what is measured and how long is left, and is gone
# at the end; elsewhere there is none.

set -euo pipefail

readonly BENCH=bench/tollgate_bench

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

shown=$(script --quiet --return --command \
  "$BENCH --smoke --table --only=memory" /dev/null)
[[ $shown == *"measuring memory ... about "*" s left"* ]] ||
  fail "no progress on a terminal: $shown"
[[ $shown == *$'\r\e[K'* ]] || fail "the line stays"

"$BENCH" --smoke --table --only=memory >"$TEST_TMPDIR/out" \
  2>"$TEST_TMPDIR/errors"
[[ ! -s $TEST_TMPDIR/errors ]] || fail "it says $(<"$TEST_TMPDIR/errors")"
grep -q "Key store" "$TEST_TMPDIR/out" || fail "no table"
