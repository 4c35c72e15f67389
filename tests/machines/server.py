"""The server outside the machine: / is a page, /drip a line every tenth of a second without end."""

import sys
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Pages(BaseHTTPRequestHandler):
    """What there is to fetch."""

    def do_GET(self) -> None:
        """Give a page."""
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            if self.path == "/drip":
                self._drip()
            else:
                self.wfile.write(b"hello from outside the machine\n")

    def _drip(self) -> None:
        while True:
            self.wfile.write(b"drip\n")
            self.wfile.flush()
            time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], 80), Pages).serve_forever()
