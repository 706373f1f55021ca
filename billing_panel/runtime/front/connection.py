"""One connection: uvicorn speaks HTTP (by h11), this decides how long it waits.

1. A head comes in within a deadline and a size (408, 431); so does a new connection's first one.
2. An answer is read within a deadline: 48 KB of it at least, or what is left of it.
3. When there are too many connections, one that says nothing gives way to the new one.
"""

import asyncio
import socket
import struct
import sys
from http import HTTPStatus
from typing import Any, cast

import h11
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from billing_panel.accounts.signing_in.failed_attempts import network
from billing_panel.runtime.front.unfinished_requests import Guest, WaitingRoom
from billing_panel.runtime.front.whole_requests import CLOSE, Scope, WholeRequests

# to hear why it was refused, before what it still sends makes the system drop the answer
LINGER_SECONDS = 5


class Wait:
    """A place in ``room``, until it is left, gives way, or times out."""

    def __init__(self, room: WaitingRoom, guest: Guest, seconds: float) -> None:
        self.room, self.guest = room, guest
        self.timer = asyncio.get_running_loop().call_later(seconds, guest.give_way)
        room.enter(guest)

    def end(self) -> None:
        self.timer.cancel()
        self.room.leave(self.guest)


class Connection(H11Protocol):
    """A connection with the time limits of ``WholeRequests.patience``."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.requests = cast("WholeRequests", config.app)
        self.for_head: Wait | None = None
        self.for_reading: Wait | None = None
        self.is_refused = False

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.requests.patience.connections:
            self._make_room()
        self._look()

    @override
    def data_received(self, data: bytes) -> None:
        if self.is_refused:
            return
        super().data_received(data)
        self._look()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_for_reading()
        self._look()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reading()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.is_refused:
            self._stop_waiting_for_reading()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting_for_head()
        self._stop_waiting_for_reading()
        super().connection_lost(exc)

    @override
    def shutdown(self) -> None:
        self.requests.unfinished.close()
        self.requests.end_streams()
        if not (self.transport.is_closing() or self.is_refused):
            super().shutdown()

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer what h11 couldn't read, malformed or too large."""
        failure = sys.exc_info()[1]
        status = getattr(failure, "error_status_hint", HTTPStatus.BAD_REQUEST)
        self._refuse(HTTPStatus(status), msg)

    @property
    def is_idle(self) -> bool:
        """Kept open after an answer, for a next request that has not begun."""
        return self._last is not None and self._is_between() and not self._has_begun()

    @property
    def _last(self) -> Scope | None:
        """The request asked last; uvicorn's types leave out that there may be none yet."""
        return cast("Scope | None", self.scope)

    def _is_between(self) -> bool:
        return self.conn.their_state is h11.IDLE and not self.transport.is_closing()

    def _has_begun(self) -> bool:
        return bool(self.conn.trailing_data[0])

    def _look(self) -> None:
        """Whether a head is waited for, now that something has changed."""
        if self.is_refused:
            return
        if not (self._is_between() and (self._last is None or self._has_begun())):
            self._stop_waiting_for_head()
        elif self.for_head is None:
            patience = self.requests.patience
            guest = Guest(self._neighbour(), self._too_slow)
            self.for_head = Wait(self.requests.unfinished, guest, patience.head_seconds)
        if not self.transport.get_write_buffer_size():
            self._stop_waiting_for_reading()

    def _neighbour(self) -> str:
        """Before the head is read, a proxy's connections can't be told apart."""
        known = self.client is not None and not self.requests.trusted_proxies
        return network(self.client[0]) if known and self.client else ""

    def _too_slow(self) -> None:
        self._stop_waiting_for_head()
        if self._has_begun():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not come in in time.")
        else:
            self.transport.close()

    def _stop_waiting_for_head(self) -> None:
        if self.for_head is not None:
            self.for_head.end()
            self.for_head = None

    def _wait_for_reading(self) -> None:
        """Also for a connection that is closing: unread output keeps it open."""
        if self.for_reading is None and self.transport.get_write_buffer_size():
            last = self._last
            address = self._neighbour() if last is None else self.requests.address(last)
            guest = Guest(address, self._unread)
            seconds = self.requests.patience.answer_seconds
            self.for_reading = Wait(self.requests.unread, guest, seconds)

    def _stop_waiting_for_reading(self) -> None:
        if self.for_reading is not None:
            self.for_reading.end()
            self.for_reading = None

    def _unread(self) -> None:
        self._stop_waiting_for_reading()
        if self.transport.get_write_buffer_size():
            self._break_off()

    def _break_off(self) -> None:
        """Abort at once: otherwise the system would keep unread output and go on offering it."""
        connected = self.transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _make_room(self) -> None:
        """Make room: close an idle connection, or a slow one, or else the newest."""
        idle = next((one for one in self.connections if _is_idle(one)), None)
        if idle is not None:
            idle.transport.close()
        elif not (self.requests.unfinished.make_room() or self.requests.unread.make_room()):
            self.transport.abort()

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(sentence)),
            CLOSE,
        ]
        for event in (
            h11.Response(status_code=status, headers=headers, reason=status.phrase.encode()),
            h11.Data(data=sentence.encode()),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.write_eof()
        self.is_refused = True
        self._stop_waiting_for_head()
        self._stop_waiting_for_reading()
        guest = Guest(self._neighbour(), self.transport.abort)
        self.for_reading = Wait(self.requests.unread, guest, LINGER_SECONDS)


def _is_idle(connection: object) -> bool:
    return isinstance(connection, Connection) and connection.is_idle
