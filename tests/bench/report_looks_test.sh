#!/usr/bin/env bash
#
# Looks at the page of a report of tiny inputs in a browser, in both themes.

set -euo pipefail

readonly BENCH=bench/tollgate_bench
readonly FOLDER=$TEST_TMPDIR/report

browser() {
  local profile
  profile=$(mktemp -d)
  HOME=$profile chromium --headless --no-sandbox --disable-gpu --disable-quic \
    --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --disable-dev-shm-usage --user-data-dir="$profile" \
    --hide-scrollbars --window-size=1200,3000 "$@" >"$profile.log" 2>&1 || {
    cat "$profile.log" >&2
    return 1
  }
}

"$BENCH" --smoke --table --report="$FOLDER" >"$TEST_TMPDIR/table"

browser --screenshot="$FOLDER/light.png" "file://$FOLDER/report.html"
browser --blink-settings=preferredColorScheme=0 \
  --screenshot="$FOLDER/dark.png" "file://$FOLDER/report.html"
python3 tests/bench/report_page.py looks "$FOLDER"
