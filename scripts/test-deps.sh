#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Installs the browser that the tests of the web pages use, where it is missing.
# With the argument pictures also its words in Dutch, for the date fields in the
# pictures of the documents.
set -eu

missing=chromium
for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null 2>&1; then
		missing=
	fi
done
if [ "${1:-}" = pictures ] && command -v dpkg >/dev/null 2>&1 && ! dpkg -s chromium-l10n >/dev/null 2>&1; then
	missing="$missing chromium-l10n"
fi
if [ -z "$missing" ]; then
	exit 0
fi
echo "installing what is missing: $missing" >&2
if ! command -v apt-get >/dev/null 2>&1; then
	echo "install Chromium and run the tests again" >&2
	exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update -qq
# shellcheck disable=SC2086 # names of packages
$sudo apt-get install -y -qq --no-install-recommends $missing
