#!/usr/bin/env bash
#
# The comparison tool as one calls it: exit status and messages.

set -euo pipefail

readonly COMPARE=bench/compare/bench_compare

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Ends with status $1, for the arguments $3..., and says $2.
expect() {
  local status=0 output
  output=$("$COMPARE" "${@:3}" 2>&1) || status=$?
  ((status == $1)) || fail "${*:3} ends with $status, not $1: $output"
  [[ $output == *"$2"* ]] || fail "${*:3} does not say $2: $output"
}

# Prints a report of one path with times around $1.
report() {
  awk -v centre="$1" 'BEGIN {
    printf "{\"paths\":[{\"path\":\"a\",\"rounds\":["
    for (i = 0; i < 30; i++) printf "%s%.3f", i ? "," : "", centre + i * 0.01
    print "]}]}"
  }'
}

cd "$TEST_SRCDIR/$TEST_WORKSPACE"
report 100 >"$TEST_TMPDIR/old"
report 120 >"$TEST_TMPDIR/new"
echo "no report" >"$TEST_TMPDIR/nonsense"

expect 1 SLOWER "$TEST_TMPDIR/old" "$TEST_TMPDIR/new"
expect 0 faster "$TEST_TMPDIR/new" "$TEST_TMPDIR/old"
expect 0 "no change" "$TEST_TMPDIR/old" "$TEST_TMPDIR/old"
expect 0 "no change" --difference=0.3 "$TEST_TMPDIR/old" "$TEST_TMPDIR/new"
expect 4 "No such file" "$TEST_TMPDIR/old" "$TEST_TMPDIR/missing"
expect 4 nonsense "$TEST_TMPDIR/nonsense" "$TEST_TMPDIR/old"
expect 2 usage
expect 2 usage "$TEST_TMPDIR/old"
expect 2 usage --chance=x "$TEST_TMPDIR/old" "$TEST_TMPDIR/new"

# Seven runs of each in turn; of two, nothing can be said.
for run in 1 2 3 4 5 6 7; do
  report "10$run" >"$TEST_TMPDIR/old$run"
  report "12$run" >"$TEST_TMPDIR/new$run"
done
expect 1 SLOWER "$TEST_TMPDIR"/old[1-7] -- "$TEST_TMPDIR"/new[1-7]
expect 0 "no change" "$TEST_TMPDIR"/old[12] -- "$TEST_TMPDIR"/new[12]
