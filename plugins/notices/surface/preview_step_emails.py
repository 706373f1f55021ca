"""Which e-mails a step of an order leads to, as its page says before it is taken."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from plugins.notices.making.load_notice_events import happenings
from plugins.notices.making.write_notices import told_of
from plugins.notices.session_info_keys import KNOWN
from plugins.notices.store.models import Route
from plugins.orders.store.order_extensions import Letter, OrderExtension


def _letters(session: Session, event_ids: Sequence[int]) -> Sequence[Letter]:
    """The same decisions by which they are sent, made of events that may yet be undone."""
    found = happenings(session, event_ids)
    if not found:
        return ()
    told = told_of(session, found, known=session.info[KNOWN], at=found[-1].at)
    return [Letter(one.kind.title, one.address) for one in told if one.route is Route.MAIL]


LETTERS_OF_ORDERS = OrderExtension(letters=_letters)
