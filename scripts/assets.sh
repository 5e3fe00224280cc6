#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Makes internal/controller/web/dist: the style sheets, fonts, icons and script of
# the web pages, from npm by the lock file, and the program that checks dossiers in
# a page, compiled from internal/collective/verify/browser. It does nothing when
# nothing changed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
assets=$root/internal/controller/web/assets
dist=$root/internal/controller/web/dist
cd "$assets"

mkdir -p verify
(cd "$root" && GOOS=js GOARCH=wasm CGO_ENABLED=0 "${GO:-go}" build -trimpath -buildvcs=false -ldflags='-s -w' -o "$assets/verify/verify.wasm" ./internal/collective/verify/browser)
goroot=$("${GO:-go}" env GOROOT)
cp -f "$goroot/lib/wasm/wasm_exec.js" "$goroot/LICENSE" verify/

state=$(cat package.json package-lock.json .npmrc build.mjs icons.txt icon.svg own.css own.js verify.js verify/verify.wasm verify/wasm_exec.js "$root/scripts/assets.sh" | sha256sum | cut -d' ' -f1)
if [ -f "$dist/manifest.json" ] && [ "$(cat "$dist/.stamp" 2>/dev/null || true)" = "$state" ]; then
	exit 0
fi

if ! command -v npm >/dev/null 2>&1; then
	echo "npm is missing; installing it" >&2
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "install Node.js 18 or newer with npm, and run make assets again" >&2
		exit 1
	fi
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -qq
	$sudo apt-get install -y -qq --no-install-recommends nodejs npm
fi

packages=$(cat package-lock.json .npmrc | sha256sum | cut -d' ' -f1)
if [ "$(cat node_modules/.stamp 2>/dev/null || true)" != "$packages" ]; then
	npm ci --loglevel=error --no-progress
	echo "$packages" >node_modules/.stamp
fi
node build.mjs
echo "$state" >"$dist/.stamp"
