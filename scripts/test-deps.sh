#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Installs the browser that the tests of the web pages use, where it is missing.
set -eu

for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null 2>&1; then
		exit 0
	fi
done
echo "chromium is missing; installing it" >&2
if ! command -v apt-get >/dev/null 2>&1; then
	echo "install Chromium and run the tests again" >&2
	exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
$sudo apt-get install -y -qq --no-install-recommends chromium
