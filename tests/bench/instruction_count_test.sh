#!/usr/bin/env bash
#
# The instructions of the fast paths are those of the baseline, and the tool
# tells when they are not.

set -euo pipefail

export COUNTED_PATHS=bench/profile/counted_paths
export INSTRUCTIONS_BASELINE=bench/profile/instructions.baseline
readonly COUNT=tools/count_instructions

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

"$COUNT" || fail "instructions are not as before (above)"

# A baseline that promises less, and one that promises more.
fewer=$TEST_TMPDIR/fewer
awk '!/^#/ { $2 = int($2 * 0.95) } { print }' "$INSTRUCTIONS_BASELINE" |
  head -n 4 >"$fewer"
status=0
output=$(INSTRUCTIONS_BASELINE=$fewer "$COUNT") || status=$?
((status == 1)) || fail "5 % more ends with $status, not 1"
[[ $output == *MORE* ]] || fail "it does not say where: $output"

more=$TEST_TMPDIR/more
awk '!/^#/ { $2 = int($2 * 1.05) } { print }' "$INSTRUCTIONS_BASELINE" |
  head -n 4 >"$more"
output=$(INSTRUCTIONS_BASELINE=$more "$COUNT") || fail "5 % less is no failure"
[[ $output == *less* ]] || fail "it does not say so: $output"

INSTRUCTIONS_BASELINE=$more "$COUNT" --update >"$TEST_TMPDIR/log"
INSTRUCTIONS_BASELINE=$more "$COUNT" >"$TEST_TMPDIR/log" ||
  fail "what was written down is not as before"

status=0
"$COUNT" --nonsense 2>"$TEST_TMPDIR/log" || status=$?
((status == 2)) || fail "an unknown option ends with $status, not 2"
