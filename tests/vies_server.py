"""A register of VAT numbers that speaks as VIES does: ours, not the Commission's.

Written from what VIES publishes (ec.europa.eu/taxation_customs/vies, technical information). It
knows the numbers it is told, and may be away or slow.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from typing_extensions import override

PATIENCE = 30


@dataclass
class Register:
    """``known``: number → whose it is. ``away``: countries that do not answer; ``slow``: those
    whose answer waits for ``go_on``. ``asked``: bodies, as they came."""

    known: dict[str, str] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    asked: list[dict[str, str]] = field(default_factory=list)
    asked_slow: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    address: str = ""

    def answer(self, asked: dict[str, str]) -> tuple[int, dict[str, object]]:
        """Status and body for a question."""
        self.asked.append(asked)
        country = asked["countryCode"]
        if country in self.slow:
            self.asked_slow.set()
            self.go_on.wait(PATIENCE)
        if country in self.away:
            error = {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}
            return 500, error
        number = country + asked["vatNumber"]
        return 200, {
            "countryCode": country,
            "vatNumber": asked["vatNumber"],
            "requestDate": "2026-11-22T08:00:00.000Z",
            "valid": number in self.known,
            "requestIdentifier": "WAPI0001" if "requesterNumber" in asked else "",
            "name": self.known.get(number, "---"),
            "address": "---",
        }


@contextmanager
def vies() -> Iterator[Register]:
    """A register at ``address``, as long as the block lasts."""
    register = Register()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = register.answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        @override
        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    register.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield register
    finally:
        register.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
