"""What a server does with an answer and the test client does not: headers become bytes."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

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

        return app(environ, begin)

    return answer
