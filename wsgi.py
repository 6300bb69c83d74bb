"""The entry point of every server and of the `flask` command: settings from the environment, then the application."""

from __future__ import annotations

import os
import sys

from app import create_app
from app.publishing.loading import ContentMissing
from config import UnsafeSettings, load_settings

try:
    settings = load_settings(os.environ)
except UnsafeSettings as error:
    print(error, file=sys.stderr)
    raise SystemExit(2) from None

app = create_app(settings)
if os.environ.get("FLASK_RUN_FROM_CLI") != "true":  # commands go on, to say what is wrong with the content
    try:
        app.extensions["site"].library()
    except ContentMissing as missing:
        print(missing, file=sys.stderr)
        raise SystemExit(1) from None
