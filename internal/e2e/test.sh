#!/usr/bin/env bash
# `make test`: Go's tests, then the real Jupyter clients, then JupyterLab in a real browser.
# Ends in one line that counts tests. With RG_NO_SKIP=1 (CI) a skipped test is a failure.
set -uo pipefail
cd "$(dirname "$0")/../.."
out=build/test
mkdir -p "$out"
failed=0

stage() { # stage NAME COMMAND…: runs it, says how long it took, remembers a failure
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@" || { failed=1; printf '== %s FAILED\n' "$name"; }
  printf '== %s: %d s\n' "$name" $((SECONDS - start))
}

go_tests() {
  go vet ./... || return 1
  go test -json ./... >"$out/go.json" 2>"$out/go.err"
  local status=$?
  cat "$out/go.err"
  python3 internal/e2e/count.py go "$out/go.json"
  return $status
}

rm -f "$out"/*.json "$out"/*.xml "$out"/*.tap
stage "go test" go_tests
stage "build" make --no-print-directory build
stage "python environment" make --no-print-directory "$PWD/.tools/venv/installed"
stage "clients" bash internal/e2e/clients.sh

printf '\n'
python3 internal/e2e/count.py total "$out/go.json" "$out/pytest.xml" "$out/lab.tap" || failed=1
exit $failed
