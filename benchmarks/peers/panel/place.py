"""Places orders in the panel when it is told to (``placing_loop``).

Its settings come from the environment, as the server's do.
"""

from collections.abc import Callable
from itertools import cycle

from sqlalchemy import Engine, event, select

from benchmarks.measuring.statements import OPENING
from benchmarks.peers.placing_loop import answer
from benchmarks.populated.crowd import GIANT, LINES
from benchmarks.populated.installation import STAFF
from billing_panel.accounts.access.load_actors import staff_actor
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.core.panel import EXTENSION, Panel
from billing_panel.runtime.app import create_app
from plugins.orders.checkout.place_order import PlaceOrder, place_order


def placing(panel: Panel) -> Callable[[], None]:
    """One order of three lines by bank transfer, with its pro-forma; each for another client."""
    with panel.database.reading() as session:
        staff = staff_actor(session, STAFF, panel.known)
        of_giant = select(Membership.provider_id).join(Client).where(Client.login == GIANT)
        clients = session.scalars(
            select(Client.id)
            .join(Membership)
            .where(Membership.provider_id.in_(of_giant), Client.login.like("client-%"))
        ).all()
    turns = cycle(clients)

    def place() -> None:
        command = PlaceOrder(next(turns), None, "bank_transfer", lines=LINES)
        with panel.database.writing() as session:
            place_order(session, command, actor=staff, clock=panel.clock)

    return place


def counted(engine: Engine) -> Callable[[], int]:
    """How many statements were sent since."""
    sent = [0]

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(OPENING):
            sent[0] += 1

    event.listen(engine, "before_cursor_execute", note)
    return lambda: sent[0]


def main() -> None:
    panel = create_app().extensions[EXTENSION]
    assert isinstance(panel, Panel)
    answer(placing(panel), counted(panel.database.engine))


if __name__ == "__main__":
    main()
