#!/usr/bin/env bash
# Fuzzes every fuzz target for the given time each. In `make test` their seeds run as plain tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
for package in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "== $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-60s}" "$package"
  done
done
