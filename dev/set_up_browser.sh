#!/bin/sh
# Browser tests use the system's Chromium and Firefox, calendar tests calcurse; where apt may install them, it does, and
# otherwise says so. Firefox alone may be absent from a system's packages: then its tests say that they did not run.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="chromium"
command -v calcurse >/dev/null 2>&1 || missing="$missing calcurse"
command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 || missing="$missing firefox-esr"
[ -n "$missing" ] || exit 0

warn() {
  echo "WARNING: $1. TESTS THAT NEED IT WILL NOT RUN ($2)." >&2
}

if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  warn "not here, and no right to install: $missing" "they fail when CI=true"
  exit 0
fi
apt-get update -qq >/dev/null || true
for package in $missing; do
  if [ "$package" = firefox-esr ] && [ -z "$(apt-cache show firefox-esr 2>/dev/null)" ]; then
    warn "apt has no firefox-esr" "no failure: this system offers no Firefox"
    continue
  fi
  echo "Installing for the tests: $package ..."
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null || warn "could not install $package" "they fail when CI=true"
done
