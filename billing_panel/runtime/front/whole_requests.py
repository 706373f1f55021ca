"""The panel as an ASGI application: requests read whole, answered in threads, sent whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from billing_panel.accounts.signing_in.failed_attempts import network
from billing_panel.kernel.process.config import Patience
from billing_panel.runtime.front.unfinished_requests import Guest, WaitingRoom
from billing_panel.runtime.front.wsgi_bridge import Answer, Stream, answered, environment

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# of a request without its body
MAX_HEAD = 32 * 1024
# more of a body is kept in a file without a name
IN_MEMORY = 64 * 1024
# of an answer at once; nearly every page is less
CHUNK = 256 * 1024
# So many times too much is still read to its end, so that whoever sends it hears why it is refused.
READ_OUT = 2
CLOSE = (b"connection", b"close")


class HungUp(Exception):
    """The client went away in the middle of a request."""


@dataclass(frozen=True)
class Body:
    """``content`` holds no more than one byte too many; ``is_whole``: all of it came in."""

    content: IO[bytes]
    length: int
    is_whole: bool


class WholeRequests:
    """``trusted_proxies`` stand before the panel; a body has ``max_body`` bytes at most."""

    def __init__(
        self,
        app: "WSGIApplication",
        patience: Patience,
        *,
        threads: int,
        trusted_proxies: int,
        max_body: int,
    ) -> None:
        self.app = app
        self.patience = patience
        self.trusted_proxies = trusted_proxies
        self.max_body = max_body
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        bounds = {"each": patience.unfinished_per_address, "whole": patience.unfinished}
        self.unfinished = WaitingRoom(**bounds)
        self.unread = WaitingRoom(**bounds)
        self.streams: set[Stream] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _length_of_head(scope) > MAX_HEAD:
            await refuse(send, 431, "The head of the request is too long.")
            return
        if _is_framed_twice(scope):
            await refuse(send, 400, "Send either Content-Length or Transfer-Encoding.")
            return
        with SpooledTemporaryFile[bytes](max_size=IN_MEMORY) as content:
            try:
                read = self._read_in_time if _has_body(scope) else self._read
                body = await read(scope, receive, content)
            except TimeoutError:
                await refuse(send, 408, "The request did not come in in time.")
                return
            except HungUp:
                return
            environ = environment(scope, content, body.length)
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self.threads, answered, self.app, environ)
        with answer.body:
            if answer.stream is None:
                await _send(answer, send, () if body.is_whole else (CLOSE,))
            else:
                await self._go_on(answer, answer.stream, receive, send)

    def address(self, scope: Scope) -> str:
        """Who asks, as trusted proxies say it (requests/headers_cookies_csrf.py), else the peer.

        A whole /64 of IPv6 is one address.
        """
        neighbour = scope["client"][0] if scope["client"] else ""
        if not self.trusted_proxies:
            return network(neighbour)
        lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        told = [part.strip() for part in b",".join(lines).decode("latin-1").split(",")]
        known = len(told) >= self.trusted_proxies
        return network(told[-self.trusted_proxies] if known else neighbour)

    def end_streams(self) -> None:
        """The server is to stop: whoever listened comes back to the next one."""
        for stream in self.streams:
            stream.close()

    async def _go_on(self, answer: Answer, stream: Stream, receive: Receive, send: Send) -> None:
        """Send what comes, until it is over or the client is gone."""
        gone = asyncio.ensure_future(_hung_up(receive, stream))
        self.streams.add(stream)
        try:
            # when it is over so is the connection: whoever listened comes again
            head = {"status": answer.status, "headers": [*answer.headers, CLOSE]}
            await send({"type": "http.response.start", **head})
            stream.begin()
            while (piece := await stream.next()) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.streams.discard(stream)
            gone.cancel()
            stream.end()

    @asynccontextmanager
    async def _in_time(self, address: str) -> AsyncIterator[None]:
        """Raises TimeoutError: too slow, or had to give way."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self.patience.body_seconds) as deadline:
            guest = Guest(address, lambda: deadline.reschedule(loop.time()))
            self.unfinished.enter(guest)
            try:
                yield
            finally:
                self.unfinished.leave(guest)

    async def _read_in_time(self, scope: Scope, receive: Receive, content: IO[bytes]) -> Body:
        """Raises TimeoutError, HungUp."""
        async with self._in_time(self.address(scope)):
            return await self._read(scope, receive, content)

    async def _read(self, scope: Scope, receive: Receive, content: IO[bytes]) -> Body:
        """Raises HungUp."""
        limit, length, more = self.max_body + 1, 0, True
        if _is_hopeless(scope, self.max_body):
            return Body(content, limit, is_whole=False)
        while more and length <= READ_OUT * self.max_body:
            message = await receive()
            if message["type"] != "http.request":
                raise HungUp
            part, more = message["body"], message["more_body"]
            content.write(part[: max(0, limit - length)])
            length += len(part)
        content.seek(0)
        return Body(content, min(length, limit), is_whole=not more)


def _length_of_head(scope: Scope) -> int:
    """h11 counts one that comes in pieces; one that comes at once is counted here."""
    target = len(scope["raw_path"]) + len(scope["query_string"])
    return target + sum(len(name) + len(value) for name, value in scope["headers"])


def _is_framed_twice(scope: Scope) -> bool:
    """Two servers in a row could see two ends of it (RFC 9112, 6.1: may be refused)."""
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}


def _has_body(scope: Scope) -> bool:
    """Without one the request is whole: nothing is waited for, and nobody has to give way to it."""
    headers = dict(scope["headers"])
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


def _is_hopeless(scope: Scope, max_body: int) -> bool:
    """Too long to be read out, or too long from somebody who waits to be asked for it."""
    headers = dict(scope["headers"])
    length = int(headers.get(b"content-length", b"0"))
    return length > max_body * (1 if b"expect" in headers else READ_OUT)


async def _hung_up(receive: Receive, stream: Stream) -> None:
    """The request was read whole: nothing can come any more but its end."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.close()


async def _send(answer: Answer, send: Send, more_headers: tuple[tuple[bytes, bytes], ...]) -> None:
    headers = [*answer.headers, *more_headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    part = answer.body.read(CHUNK)
    # what is sent last says that it is, which saves the connection a turn
    while following := answer.body.read(CHUNK) if len(part) == CHUNK else b"":
        await send({"type": "http.response.body", "body": part, "more_body": True})
        part = following
    await send({"type": "http.response.body", "body": part, "more_body": False})


async def refuse(send: Send, status: int, sentence: str) -> None:
    """Answer with a sentence in plain text, and have the connection closed."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(sentence)),
        CLOSE,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode(), "more_body": False})
