"""A receiver of webhooks on this machine, and short words for what tests of them say often."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PrivateFormat
from sqlalchemy import select
from typing_extensions import override

from billing_panel.accounts.access.load_actors import console
from plugins.webhooks.delivering.post_request import Reach
from plugins.webhooks.delivering.queue_events import queue_events
from plugins.webhooks.delivering.send_deliveries import Sending, send_deliveries
from plugins.webhooks.endpoints.change_endpoint import (
    EndpointDetails,
    MadeEndpoint,
    create_endpoint,
)
from plugins.webhooks.store.models import Delivery, DeliveryAttempt, Endpoint
from plugins.webhooks.webhook_settings import WebhookSettings, webhook_settings
from tests.world import World

LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answers``: (status, headers, body) of the next requests; then 200.

    ``hold``: it answers when that is set. ``arrived``: is set by a request.
    """

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    hold: Signal | None = None
    arrived: Signal = field(default_factory=Signal)

    def url(self, path: str = "/hooks", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def next_answers(self, *statuses: int) -> None:
        self.answers += [(status, {}, b"") for status in statuses]

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.got]


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """``tls``: it speaks https."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, headers, body))
            receiver.arrived.set()
            if receiver.hold is not None:
                receiver.hold.wait(30)
            status, more, words = receiver.answers.pop(0) if receiver.answers else (200, {}, b"")
            self.send_response(status)
            for name, value in {**more, "content-length": str(len(words))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(words)

        @override
        def log_message(self, *_words: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        receiver.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            if receiver.hold is not None:
                receiver.hold.set()
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Hooks:
    """Webhooks of a world. ``reach``: how receivers are reached."""

    world: World
    reach: Reach = field(default_factory=lambda: Reach(LOOPBACK))

    @property
    def settings(self) -> WebhookSettings:
        return WebhookSettings(webhook_settings(self.world.panel.config).seal, LOOPBACK)

    def add(
        self, url: str, *kinds: str, by: str = "owner", provider: str = "nordvik", on: bool = True
    ) -> MadeEndpoint:
        actor = self.world.actor(by)
        details = EndpointDetails("CRM", url, kinds or ("order.placed",), on)
        with self.world.database.writing() as session:
            return create_endpoint(
                session,
                provider,
                details,
                settings=self.settings,
                actor=actor,
                clock=self.world.clock,
            )

    def queue(self) -> int:
        world = self.world
        return queue_events(world.database, actor=console(world.panel.known), clock=world.clock)

    def send(self, reach: Reach | None = None) -> dict[str, int]:
        """Try what is due, once; how many ended in which state."""
        world = self.world
        sending = Sending(
            self.settings, console(world.panel.known), world.clock, reach or self.reach
        )
        ended = send_deliveries(world.database, sending)
        return {str(state): number for state, number in ended.items()}

    def follow(self) -> dict[str, int]:
        self.queue()
        return self.send()

    def deliveries(self) -> Sequence[Delivery]:
        with self.world.database.reading() as session:
            return session.scalars(select(Delivery).order_by(Delivery.id)).all()

    def attempts(self) -> Sequence[DeliveryAttempt]:
        with self.world.database.reading() as session:
            return session.scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.id)).all()

    def endpoint(self, endpoint_id: int) -> Endpoint:
        with self.world.database.reading() as session:
            return session.get_one(Endpoint, endpoint_id)


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server called ``name`` speaks https with, and what trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "receiver.pem"
    file.write_bytes(
        key.private_bytes(pem, PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    speaks = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    speaks.load_cert_chain(file)
    return speaks, ssl.create_default_context(cadata=made.public_bytes(pem).decode())
