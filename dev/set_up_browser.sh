#!/bin/sh
# Browser tests use the system's Chromium; where apt may install it, it does, and otherwise says so loudly.
set -eu
if command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; then
  exit 0
fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing Chromium for the browser tests ..."
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "WARNING: no Chromium here and no right to install it: THE BROWSER TESTS WILL NOT RUN (they fail when CI=true)." >&2
