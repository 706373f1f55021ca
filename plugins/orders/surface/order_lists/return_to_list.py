"""Back to the list that something was sent from, as it was asked for there."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.kernel.values.bounded_parsing import whole_number
from plugins.orders.surface.order_lists.all_orders_page import show_all
from plugins.orders.surface.order_lists.client_orders_page import show_of_client
from plugins.orders.surface.order_lists.order_list import RefusedRow

# of an address, nobody asks for more
MOST_ASKED = 40


def asked_there() -> Mapping[str, str]:
    """What the address of the list asked for."""
    try:
        return dict(parse_qsl(request.form.get("asked", ""), max_num_fields=MOST_ASKED))
    except ValueError:
        return {}


def client_there() -> int | None:
    """Whose list it was; None: of all clients."""
    return whole_number(request.form.get("client_id", "")) or None


def back_to_the_list() -> ResponseReturnValue:
    """Lead there."""
    client_id, asked = client_there(), urlencode([*asked_there().items()])
    address = (
        url_for("every_order.index")
        if client_id is None
        else url_for("orders.history", client_id=client_id)
    )
    return redirect(f"{address}?{asked}" if asked else address, 303)


def list_again(refused: RefusedRow) -> ResponseReturnValue:
    """The list with what was refused in it."""
    client_id = client_there()
    if client_id is None:
        return show_all(asked_there(), refused)
    return show_of_client(client_id, asked_there(), refused)
