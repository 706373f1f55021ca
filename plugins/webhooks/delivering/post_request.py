"""One POST to a receiver, over a connection to an address that was looked up and judged before.

Whoever answers for a name can answer differently the next time it is asked. So the name is asked
once, every address it has is judged, and the connection goes to that very address; TLS still asks
for the name. Redirects lead elsewhere and are not followed. One deadline holds for all of it, and
no more of an answer is read than tells what is wrong.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from ipaddress import ip_address

import h11

from billing_panel.kernel.values.bounded_parsing import whole_number
from plugins.webhooks.delivering.delivery_attempts import Outcome
from plugins.webhooks.endpoints.receiver_address import Address, Receiver, is_own, is_reachable
from plugins.webhooks.store.models import MAX_ANSWER
from plugins.webhooks.webhook_settings import Network

SECONDS = 20.0
READ_AT_ONCE = 16 * 1024
# heads of an answer beyond it are an answer nobody asked for
MOST_HEADS = 32 * 1024
LONGEST_WAIT = timedelta(hours=24)
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Addresses of the host, as the system knows them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_kind, address in found))


@cache
def trusted() -> ssl.SSLContext:
    """The authorities the system trusts, with the host's name checked."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Reach:
    """How receivers are reached. ``allowed``: networks of one's own; ``seconds``: one try in all.

    ``resolve`` and ``tls`` are the system's.
    """

    allowed: tuple[Network, ...] = ()
    seconds: float = SECONDS
    resolve: Resolve = system_resolver
    tls: Callable[[], ssl.SSLContext] = field(default=trusted)


class NotReached(Exception):
    """Nothing was sent: ``problem`` is a word of ``delivery_problem_sentences``."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Answered:
    """``wait``: so long the receiver asks to be left alone."""

    status: int
    words: str
    wait: timedelta


async def post(
    receiver: Receiver, headers: Mapping[str, str], body: bytes, reach: Reach
) -> Outcome:
    """Post ``body``, and say what became of it; nothing is raised."""
    begun = time.monotonic()

    def ended(problem: str | None, answer: Answered | None = None) -> Outcome:
        milliseconds = round((time.monotonic() - begun) * 1000)
        if answer is None:
            return Outcome(problem, milliseconds)
        return Outcome(problem, milliseconds, answer.status, answer.words, answer.wait)

    try:
        async with asyncio.timeout(reach.seconds):
            answer = await _exchange(receiver, headers, body, reach)
    except NotReached as error:
        return ended(error.problem)
    except ssl.SSLError:
        return ended("not_secure")
    except TimeoutError:
        return ended("too_slow")
    except OSError:
        return ended("unreachable")
    except h11.ProtocolError:
        return ended("no_http")
    return ended(_problem(answer.status), answer)


def _problem(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return "redirected" if 300 <= status < 400 else "refused"


async def _exchange(
    receiver: Receiver, headers: Mapping[str, str], body: bytes, reach: Reach
) -> Answered:
    reader, writer = await _connected(receiver, reach)
    try:
        own = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEADS)
        named = {"host": receiver.named, **headers, "content-length": str(len(body))}
        request = h11.Request(method="POST", target=receiver.target, headers=[*named.items()])
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            writer.write(own.send(event) or b"")
        # a receiver may answer and hang up before it has read all
        with suppress(ConnectionError):
            await writer.drain()
        return await _answer(own, reader)
    finally:
        writer.transport.abort()


async def _connected(receiver: Receiver, reach: Reach) -> Streams:
    """Raises NotReached, OSError."""
    addresses = await _judged(receiver, reach)
    tls = reach.tls() if receiver.secure else None
    name = receiver.host if receiver.secure else None
    failed: OSError | None = None
    for address in addresses:
        try:
            return await asyncio.open_connection(
                str(address), receiver.port, ssl=tls, server_hostname=name
            )
        except ssl.SSLError:
            raise
        except OSError as error:
            failed = error
    raise failed or NotReached("name_unknown")


async def _judged(receiver: Receiver, reach: Reach) -> Sequence[Address]:
    """All the addresses of the receiver; one that may not be reached refuses them all.

    Raises NotReached.
    """
    try:
        found = [ip_address(one) for one in await reach.resolve(receiver.host, receiver.port)]
    except (OSError, ValueError) as error:
        raise NotReached("name_unknown") from error
    if not all(is_reachable(one, reach.allowed) for one in found):
        raise NotReached("not_public")
    if not receiver.secure and not all(is_own(one, reach.allowed) for one in found):
        raise NotReached("not_secure")
    return found


async def _answer(own: h11.Connection, reader: asyncio.StreamReader) -> Answered:
    """The final answer with the beginning of its body. Raises h11.ProtocolError, OSError."""
    answer = await _next(own, reader)
    while isinstance(answer, h11.InformationalResponse):
        answer = await _next(own, reader)
    if not isinstance(answer, h11.Response):
        raise h11.RemoteProtocolError("the connection ended before an answer")
    words = b""
    # once it is known what the answer is, a connection that breaks off takes nothing away
    with suppress(ConnectionError, h11.RemoteProtocolError):
        while len(words) < MAX_ANSWER and isinstance(more := await _next(own, reader), h11.Data):
            words += bytes(more.data)
    return Answered(answer.status_code, _words(words), _wait(answer))


async def _next(own: h11.Connection, reader: asyncio.StreamReader) -> object:
    """What the receiver says next."""
    while (event := own.next_event()) is h11.NEED_DATA:
        own.receive_data(await reader.read(READ_AT_ONCE))
    return event


def _words(body: bytes) -> str:
    """PostgreSQL keeps no NUL in a text."""
    return body.decode(errors="replace").replace("\0", "")[:MAX_ANSWER]


def _wait(answer: h11.Response) -> timedelta:
    """What ``Retry-After`` says in seconds; as a date, or too long, it is left alone."""
    headers = dict(answer.headers)
    seconds = whole_number(headers.get(b"retry-after", b"").decode("latin-1"))
    return min(timedelta(seconds=min(seconds or 0, 10**6)), LONGEST_WAIT)
