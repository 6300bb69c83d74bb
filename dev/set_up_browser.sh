#!/bin/sh
# Browser tests use the system's Chromium, calendar tests calcurse; where apt may install them, it does, and otherwise says so.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="chromium"
command -v calcurse >/dev/null 2>&1 || missing="$missing calcurse"
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing for the tests: $missing ..."
  # shellcheck disable=SC2086
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
fi
echo "WARNING: not here, and no right to install: $missing. TESTS THAT NEED IT WILL NOT RUN (they fail when CI=true)." >&2
