#!/usr/bin/env bash
#
# Runs every benchmark once on tiny inputs. They check their own outcomes; what
# they measure here means nothing. The page of the report is held against its raw
# data.

set -euo pipefail

readonly BENCH=bench/tollgate_bench

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

output=$("$BENCH" --smoke --report="$TEST_TMPDIR/report")
for case in BM_ApiKey_Good BM_KeyStore_Find BM_RateLimiter_Charge \
  BM_Path/mtls/known BM_Revocation_IsRevoked BM_Metrics_CountValidation \
  "Two threads / one" "Bad checksum / good key"; do
  [[ $output == *"$case"* ]] || fail "the output does not mention $case"
done

python3 tests/bench/report_page.py numbers "$TEST_TMPDIR/report"

json=$("$BENCH" --smoke --table --only=memory --json)
[[ $json == *'"claims":[{"claim":"Key store'* ]] || fail "no JSON: $json"

status=0
"$BENCH" --no_such_option >/dev/null 2>&1 || status=$?
((status == 2)) || fail "an unknown option ends with $status, not 2"
