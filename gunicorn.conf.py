"""How gunicorn serves the site: `gunicorn wsgi:app` reads this file by itself.

gthread: threads wait for the database and for Stripe without stopping the pages; docs/decisions/0007 has the figures.
"""

from __future__ import annotations

import os

bind = f"127.0.0.1:{os.environ.get('PORT', '5000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
#: Longer than the slowest answer we wait for: two retries of Stripe at 3 + 15 seconds each.
timeout = 75
graceful_timeout = 30
keepalive = 15
control_socket_disable = True
#: Request lines only: no names or reasons stand in an address.
accesslog = None
errorlog = "-"
limit_request_line = 2048
limit_request_fields = 60
