#!/bin/sh
# Makes sure that headless Chromium and its driver are there, for the checks that look at pages.
set -eu
if command -v chromedriver >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium and its driver ..." >&2
    apt-get update -qq >&2
    apt-get install -y -qq chromium chromium-driver >&2
else
    echo "The browser checks need Chromium and chromedriver. Install them (Debian: chromium chromium-driver)." >&2
    exit 1
fi
