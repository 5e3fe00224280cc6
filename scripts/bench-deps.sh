#!/usr/bin/env bash
# SPDX-License-Identifier: EUPL-1.2
# Installs the programs that the benchmark compares with or measures with.
# Does nothing when all of them are there.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin
wanted=()
need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null || wanted+=("$2")
}

need nginx nginx-light
need haproxy haproxy
need wrk wrk
need h2load nghttp2-client
# Debian keeps the server's programs out of PATH, in a folder per version.
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need initdb postgresql

if [ ${#wanted[@]} -eq 0 ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "install these first: ${wanted[*]}" >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
fi
echo "installing ${wanted[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"
