"""Run the sandbox: `python -m dev.stripe_sandbox --port 5001 --webhook-url http://127.0.0.1:5000/stripe/webhook`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from types import FrameType

from dev.stripe_sandbox.delivery import Courier
from dev.stripe_sandbox.server import make_sandbox_server
from dev.stripe_sandbox.store import Store
from dev.stripe_sandbox.world import DEFAULT_EVENTS, Endpoint, World, machine_clock


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m dev.stripe_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=5001, help="port on 127.0.0.1 (0 takes a free one)")
    parser.add_argument("--webhook-url", help="where events are sent; without it nobody is told")
    parser.add_argument("--secret", default="whsec_sandbox", help="signs the events")
    parser.add_argument("--events", default=",".join(DEFAULT_EVENTS), help="types to send, comma-separated, or *")
    parser.add_argument("--state", help="a file that keeps the state; without it the state ends with the process")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit status: 1 when the port is taken."""
    options = read_arguments(arguments)
    if options.state:
        Path(options.state).parent.mkdir(parents=True, exist_ok=True)
    offset = timedelta(seconds=int(os.environ.get("CLOCK_OFFSET_S", "0")))

    def clock() -> datetime:
        return machine_clock() + offset

    world = World(
        public_url=f"http://127.0.0.1:{options.port}",
        endpoint=Endpoint(options.webhook_url, tuple(options.events.split(","))),
        store=Store(options.state or ":memory:"),
        clock=clock,
        first_secret=options.secret,
    )
    try:
        server = make_sandbox_server(world, options.port)
    except OSError as error:
        print(f"Stripe sandbox: port {options.port} on 127.0.0.1 cannot be used: {error.strerror}", file=sys.stderr)
        return 1
    world.public_url = f"http://127.0.0.1:{server.port}"
    courier = Courier(world)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        Thread(target=server.shutdown).start()  # from this thread it would wait for itself

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    courier.start()
    print(f"Stripe sandbox: {world.public_url}/", flush=True)
    server.serve_forever()
    courier.stop()
    world.store.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
