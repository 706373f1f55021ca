"""The page that says what follows a step that can't be undone, and asks once.

It carries a mark of what it said (``confirm_step``).
"""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue

from billing_panel.web.shell.request_context import current_actor
from plugins.orders.lifecycle.confirm_step import Unconfirmed

# the field that carries the mark, and what is of the page alone
MARK = "confirmed"
OWN = frozenset({"csrf_token", "version", MARK, "back"})


def confirmed_mark() -> str | None:
    """The mark that was sent; None: the page was not seen yet."""
    return request.form.get(MARK)


def confirm_page(
    unconfirmed: Unconfirmed,
    typed: Sequence[tuple[str, str]] | None = None,
    endpoint: str = "order.move",
) -> ResponseReturnValue:
    """With everything that was typed, to be sent again to ``endpoint``, or changed.

    ``typed`` None: all that the form had.
    """
    sent = [pair for pair in request.form.items(multi=True) if pair[0] not in OWN]
    return render_template(
        "orders/confirm.html",
        shown=unconfirmed.wanted,
        endpoint=endpoint,
        again=MARK in request.form,
        typed=sent if typed is None else typed,
        staff=current_actor().client_id is None,
    )
