"""Run the viewer: `python -m dev.mail_viewer --port 5002 --folder instance/mail`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from threading import Thread
from types import FrameType

from dev.mail_viewer.server import make_viewer_server


def main(arguments: list[str]) -> int:
    """Serve until Ctrl-C or SIGTERM. Returns the exit status: 1 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m dev.mail_viewer", description=__doc__)
    parser.add_argument("--port", type=int, default=5002, help="port on 127.0.0.1 (0 takes a free one)")
    parser.add_argument("--folder", type=Path, default=Path("instance/mail"), help="where the .eml files are")
    options = parser.parse_args(arguments)
    try:
        server = make_viewer_server(options.folder.resolve(), options.port)
    except OSError as error:
        print(f"Mail viewer: port {options.port} on 127.0.0.1 cannot be used: {error.strerror}", file=sys.stderr)
        return 1

    def stop(_signal: int, _frame: FrameType | None) -> None:
        Thread(target=server.shutdown).start()  # from this thread it would wait for itself

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Mail viewer: http://127.0.0.1:{server.port}/", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
