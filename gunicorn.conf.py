"""How gunicorn serves the site: `gunicorn wsgi:app` reads this file by itself.

gthread: threads wait for the database and for Stripe without stopping the pages; docs/decisions/0007 has the figures.
"""

from __future__ import annotations

import gc
import os
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT', '5000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
#: Longer than the slowest answer we wait for: two retries of Stripe at 3 + 15 seconds each.
timeout = 75
graceful_timeout = 30
keepalive = 15
control_socket_disable = True
#: The application is built once and its memory shared by all workers. A change of code needs a restart, not a reload.
preload_app = True
#: Request lines only: no names or reasons stand in an address.
accesslog = None
errorlog = "-"
#: No header says under which path the site stands: it stands at the root, and where a proxy passes such a header on,
#: a stranger could have pages kept for everyone whose links lead elsewhere.
forwarder_headers = ""
limit_request_line = 2048
limit_request_fields = 60


def when_ready(server: Any) -> None:
    """Before the workers are made: load what each would load by itself, and keep what is there from being copied."""
    from app.web.warm import warm_up  # lazy: settings are read first, so that a wrong one is told in words

    application = server.app.wsgi()
    if "site" in application.extensions:  # the benchmark serves other applications with this file
        warm_up(application)
    gc.collect()
    gc.freeze()
