"""Shows the e-mails that development writes as files: what was sent, to whom, with what attached."""

from __future__ import annotations

import os

if os.environ.get("APP_ENV") == "production":
    raise ImportError("the mail viewer is a development tool and must not be loaded in production")
