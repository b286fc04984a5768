#!/usr/bin/env bash
#
# tools/profile where it can not do its work: what it says, and its exit status.
# With perf it is tried by hand; machines differ in what they let it see.

set -euo pipefail

readonly PROFILE=$PWD/tools/profile

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Ends with status $1, for the arguments $3..., and says $2.
expect() {
  local status=0 output
  output=$("$PROFILE" "${@:3}" 2>&1) || status=$?
  ((status == $1)) || fail "${*:3} ends with $status, not $1: $output"
  [[ $output == *"$2"* ]] || fail "${*:3} does not say '$2': $output"
}

expect 2 usage
expect 2 usage api_key jwt
expect 2 "no such option" --nonsense
expect 2 "no such strategy" nonsense
expect 2 "no such strategy" 'api_key/../..;true'
expect 2 "needs a number" api_key --threads 0
expect 2 "needs a number" api_key --seconds x
expect 2 "needs a value" api_key --out

mkdir "$TEST_TMPDIR/foreign"
echo mine >"$TEST_TMPDIR/foreign/file"
expect 2 "not ours" api_key --out "$TEST_TMPDIR/foreign"
[[ -e $TEST_TMPDIR/foreign/file ]] || fail "a foreign file is gone"

# A machine without perf: everything else is there.
mkdir "$TEST_TMPDIR/bin"
for program in bash dirname find sed grep mkdir rm; do
  ln -s "$(command -v "$program")" "$TEST_TMPDIR/bin/$program"
done
PATH=$TEST_TMPDIR/bin expect 4 "apt-get install linux-perf" api_key \
  --out "$TEST_TMPDIR/new"
[[ ! -e $TEST_TMPDIR/new ]] || fail "it left a folder"
