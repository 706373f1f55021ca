"""From a whole ASGI request to a WSGI environment (PEP 3333), and from its answer to bytes."""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from billing_panel.live.listeners import GO_ON

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# what is larger waits in a file without a name
IN_MEMORY = 256 * 1024
Headers = Iterable[tuple[bytes, bytes]]
Failure = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Stream(Protocol):
    """What an answer goes on with, piece by piece, in the loop of the connections."""

    def begin(self) -> None:
        """Its head is sent, in the loop that is running."""

    async def next(self) -> bytes | None:
        """What is to be sent next; None: it is over."""

    def close(self) -> None:
        """Nothing more is sent: ``next`` returns None."""

    def end(self) -> None:
        """The connection is gone. It may be so already."""


class Answer:
    """An answer as the panel has written it: ``status``, ``headers`` and a ``body`` to read.

    ``stream``: it goes on with that instead, and has no body.
    """

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.stream: Stream | None = None
        self.body = SpooledTemporaryFile[bytes](max_size=IN_MEMORY)

    def start(
        self, status: str, headers: list[tuple[str, str]], _failure: Failure | None = None, /
    ) -> Callable[[bytes], object]:
        """``start_response``; nothing was sent yet, so that a failure may still change it."""
        self.status = int(status.split(" ", 1)[0])
        self.headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        return self.body.write

    def go_on(self, stream: Stream) -> None:
        self.stream = stream

    def give_up(self) -> None:
        """Nobody is answered."""
        self.body.close()
        if self.stream is not None:
            self.stream.end()

    def finish(self) -> None:
        """Say how long it is, where the panel did not; the answer to HEAD is as long as to GET.

        What became a refusal after all does not go on.
        """
        if self.stream is not None and self.status != HTTPStatus.OK:
            self.stream.end()
            self.stream = None
        length = self.body.tell()
        self.body.seek(0)
        if length and not any(name == b"content-length" for name, _ in self.headers):
            self.headers.append((b"content-length", b"%d" % length))


def answered(app: "WSGIApplication", environ: dict[str, Any]) -> Answer:
    """The whole answer; whoever takes it closes its body."""
    answer = Answer()
    environ[GO_ON] = answer.go_on
    try:
        parts = app(environ, answer.start)
        try:
            answer.body.writelines(parts)
        finally:
            with suppress(AttributeError):
                parts.close()  # type: ignore[attr-defined]
    except BaseException:
        answer.give_up()
        raise
    answer.finish()
    return answer


def environment(scope: Mapping[str, Any], body: IO[bytes], length: int) -> dict[str, Any]:
    """``length``: of the body in bytes. Headers with an underscore are left out.

    They would be taken for those with a hyphen, which a proxy looks at and they do not pass.
    """
    client, server = scope["client"] or ("", 0), scope["server"] or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(_path(scope["raw_path"])).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **_variables(scope["headers"]),
    }
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    if length or scope["method"] not in {"GET", "HEAD"}:
        environ["CONTENT_LENGTH"] = str(length)
    if (kind := environ.pop("HTTP_CONTENT_TYPE", None)) is not None:
        environ["CONTENT_TYPE"] = kind
    return environ


def _path(target: bytes) -> bytes:
    """Of a target in absolute form (RFC 9112, 3.2.2) its path alone."""
    return target if target.startswith(b"/") else urlsplit(target).path or b"/"


def _variables(headers: Headers) -> dict[str, str]:
    values = defaultdict(list)
    for name, value in headers:
        if b"_" not in name:
            values[name].append(value.decode("latin-1"))
    return {
        "HTTP_" + name.decode("latin-1").upper().replace("-", "_"): (
            "; " if name == b"cookie" else ","
        ).join(several)
        for name, several in values.items()
    }
