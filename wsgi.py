"""The entry point of every server and of the `flask` command: settings from the environment, then the application."""

from __future__ import annotations

import logging
import os
import sys

from app import create_app
from app.domain.mail import MailSettingWrong
from app.publishing.reading.loading import ContentMissing
from config import UnsafeSettings, load_settings

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")

try:
    app = create_app(load_settings(os.environ))
except (UnsafeSettings, MailSettingWrong) as error:
    print(error, file=sys.stderr)
    raise SystemExit(2) from None

if os.environ.get("FLASK_RUN_FROM_CLI") != "true":  # commands go on, to say what is wrong with the content
    try:
        app.extensions["site"].library()
    except ContentMissing as missing:
        print(missing, file=sys.stderr)
        raise SystemExit(1) from None
