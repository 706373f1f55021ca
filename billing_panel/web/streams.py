"""Files that are sent while they are made: each keeps a thread until its reader has all of it."""

from collections.abc import Iterator

from flask import Response

from billing_panel.kernel.actor import Actor
from billing_panel.web.context import panel


def streamed(lines: Iterator[str], actor: Actor, *, content_type: str) -> Response:
    """Within the places of ``actor``, until it is sent or its reader gone.

    Raises TooManyAtOnce, Busy.
    """
    give_back = panel().exports.take(actor.user_id or 0)
    response = Response(lines, content_type=content_type)
    response.call_on_close(give_back)
    return response
