#!/bin/sh
# Makes the virtual environment from the locked, hashed requirements. $1: the Python to build it from.
set -eu
cd "$(dirname "$0")/.."

if ! "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed; $1 is $("$1" --version 2>&1). Name another one: make PYTHON=python3.12" >&2
  exit 1
fi
if ! "$1" -c 'import ensurepip' 2>/dev/null && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing Python's venv module ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >/dev/null || true
fi
if ! "$1" -c 'import ensurepip' 2>/dev/null; then
  echo "Python's venv module is needed. On Debian and Ubuntu: apt-get install python3-venv" >&2
  exit 1
fi
echo "Setting up .venv (once, about a minute) ..."
[ -x .venv/bin/python ] || "$1" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
touch .venv/ready
