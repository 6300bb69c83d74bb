"""The entry point of every server and of the `flask` command: settings from the environment, then the application."""

from __future__ import annotations

import os
import sys

from app import create_app
from config import UnsafeSettings, load_settings

try:
    settings = load_settings(os.environ)
except UnsafeSettings as error:
    print(error, file=sys.stderr)
    raise SystemExit(2) from None

app = create_app(settings)
