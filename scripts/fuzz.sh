#!/usr/bin/env bash
# SPDX-License-Identifier: EUPL-1.2
# Runs every fuzz target of the module, one after another: fuzz.sh [TIME]
set -euo pipefail
cd "$(dirname "$0")/.."

fuzztime=${1:-20s}
go=${GO:-go}

# `go test -list` prints a package's targets and then a line "ok  PACKAGE  TIME".
targets=$("$go" test -list '^Fuzz' ./... | awk '
  /^Fuzz/ { names[++n] = $1 }
  /^ok/   { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }')

if [ -z "$targets" ]; then
  echo "no fuzz targets found" >&2
  exit 1
fi

while read -r package target; do
  echo "== $package $target"
  "$go" test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" -fuzzminimizetime 1s "$package"
done <<<"$targets"
