"""A stand-in for Stripe that runs on this machine: same SDK, same HTTP, same signed webhooks, no real money.

It keeps its own state, listens on loopback only, and cannot be imported where real clients are served.
"""

from __future__ import annotations

import os

if os.environ.get("APP_ENV") == "production":
    raise ImportError("the Stripe sandbox is a development tool and must not be loaded in production")
