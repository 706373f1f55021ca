"""A fiscal device that is spoken to over HTTP, and a plugin's way to it: ours, no maker's.

It registers each receipt once by its key, as operators of 54-ФЗ do (``external_id``), and may be
away, slow, or full of refusals. What it registered and couldn't say is said when it is asked again.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import requests
from typing_extensions import override

from invoices.document import Document
from invoices.fiscal_devices import NotReached, NotTaken, ReceiptToRegister, Registered

PATIENCE = 30


@dataclass
class Device:
    """``registered``: by key, as they came. ``refusing``: in which words; empty: it doesn't.

    ``silent``: it registers, and its answer is lost. ``slow``: answers wait for ``go_on``.
    """

    registered: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: int = 0
    refusing: str = ""
    silent: bool = False
    slow: bool = False
    go_on: Event = field(default_factory=Event)
    address: str = ""

    def answer(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked += 1
        if self.refusing:
            return 422, {"error": self.refusing}
        self.registered.setdefault(asked["key"], asked)
        number = [*self.registered].index(asked["key"]) + 1
        if self.slow:
            self.go_on.wait(PATIENCE)
        answer = {
            "number": f"{number:07}",
            "device": "ED279951",
            "link": f"https://nra.example/check?n={number:07}&s={asked['total']}",
        }
        return 200, answer


@dataclass
class HttpDevice:
    """What a plugin would bring."""

    address: str
    timeout: float = 5
    key: str = "fiscal-contract"
    title: str = "Contract device"

    def takes(self, document: Document) -> bool:
        return document.paid_with in {"cash", "card_at_desk"}

    def register(self, receipt: ReceiptToRegister) -> Registered:
        document = receipt.document
        lines = [[line.title, line.amount, str(line.tax_percent)] for line in document.paid_lines]
        told: dict[str, Any] = {
            "key": receipt.key,
            "total": document.total,
            "by": document.paid_with,
            "lines": lines,
        }
        try:
            answer = requests.post(self.address, json=told, timeout=self.timeout)
        except requests.RequestException as error:
            raise NotReached(type(error).__name__) from error
        if answer.status_code == 422:
            raise NotTaken(answer.json()["error"])
        if answer.status_code != 200:
            raise NotReached(f"HTTP {answer.status_code}")
        return Registered(**answer.json())


@contextmanager
def fiscal_device() -> Iterator[Device]:
    """A device at ``address``, as long as the block lasts."""
    device = Device()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = device.answer(asked)
            if device.silent:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        @override
        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    device.address = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield device
    finally:
        device.go_on.set()
        server.shutdown()
        server.server_close()
