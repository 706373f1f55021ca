"""What a server does with an answer and the test client does not.

Headers become bytes, and what goes on without end is taken, and let go at once.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from billing_panel.live.listeners import GO_ON, Listener

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


def on_the_wire(app: "WSGIApplication") -> "WSGIApplication":
    """``app``, of which every header of every answer must be plain ASCII and one line."""

    def answer(environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[..., object]:
            for name, value in headers:
                said = f"{name}: {value}"
                assert said.isascii(), said
                assert said.isprintable(), said
            return start(status, headers, *more)

        return app({GO_ON: Listener.end, **environ}, begin)

    return answer
