"""What a payment system says of a top-up happens to it, once, in whatever order messages come.

The message is verified and stored before (``payments.handle_message``). What was received stays so;
what failed or was cancelled may still succeed. A lost dispute takes the sum off the balance as far
as it goes, and the rest is a loss; told before its payment, it says that this was made.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.gateways import Message, Outcome
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.secret_fingerprints import fingerprint
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.models import LedgerEntry
from billing_panel.ledger.post_entries import post
from plugins.orders.settlement.ledger.order_postings import RECEIVED_IN
from plugins.orders.store.payment import GatewayMessage, MessageResult
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.top_ups.ask_top_up import note_top_up
from plugins.orders.top_ups.find_top_ups import lock_top_up
from plugins.orders.top_ups.receive_top_up import (
    SUBJECT,
    balance_of,
    credit,
    receive,
)

OF_DISPUTES = {
    Outcome.DISPUTED: "top_up.disputed",
    Outcome.DISPUTE_WON: "top_up.dispute_won",
    Outcome.DISPUTE_LOST: "top_up.dispute_lost",
}


def top_up_of(session: Session, gateway: str, message: Message) -> int | None:
    """The id of the top-up a message is about, by its reference or by our own name of it."""
    if message.outcome is Outcome.REFUND_FAILED:
        return None
    named = {"gateway": gateway, "outside": message.reference}
    found = session.scalar(select(TopUp.id).filter_by(**named))
    number = whole_number(message.key.removeprefix("top-up-").partition("-")[0])
    if found is not None or number is None:
        return found
    begun = select(TopUp).filter_by(id=number, gateway=gateway, outside=None)
    top_up = session.scalars(begun).first()
    return top_up.id if top_up is not None and top_up.key == message.key else None


def handle_top_up(
    session: Session,
    stored: GatewayMessage,
    top_up_id: int,
    message: Message,
    *,
    actor: Actor,
    at: datetime,
) -> MessageResult:
    """What became of the message. ``actor`` is the system."""
    top_up = lock_top_up(session, actor, top_up_id)
    stored.top_up_id = top_up.id
    if wrong := _wrong(top_up, message):
        note_top_up(session, "top_up.message_refused", top_up, actor=actor, at=at)
        return wrong
    top_up.outside = message.reference
    applied = _happen(session, top_up, message, actor=actor, at=at)
    return MessageResult.APPLIED if applied else MessageResult.NOTHING_NEW


def _wrong(top_up: TopUp, message: Message) -> MessageResult | None:
    if message.key != top_up.key or top_up.outside not in {None, message.reference}:
        return MessageResult.OTHER_PAYMENT
    if message.outcome in OF_DISPUTES:
        money = message.money
        fits = money.currency == top_up.currency and 0 < money.minor <= top_up.amount
        return None if fits else MessageResult.WRONG_SUM
    return None if message.money == top_up.sum else MessageResult.WRONG_SUM


def _happen(
    session: Session, top_up: TopUp, message: Message, *, actor: Actor, at: datetime
) -> bool:
    """False: it says nothing new; one under review waits as it did."""
    outcome = message.outcome
    if outcome is Outcome.SUCCEEDED and top_up.state is not TopUpState.PAID:
        receive(session, top_up, actor=actor, at=at)
        return True
    if outcome is Outcome.FAILED and top_up.state is TopUpState.WAITING:
        top_up.close(TopUpState.FAILED, at)
        note_top_up(session, "top_up.failed", top_up, actor=actor, at=at)
        return True
    if outcome is Outcome.DISPUTE_LOST and top_up.state is not TopUpState.PAID:
        # nothing of it covers debts, since most often nothing of it stays
        credit(session, top_up, actor=actor, at=at)
    if outcome is Outcome.DISPUTE_LOST:
        return _charge_back(session, top_up, message, actor=actor, at=at)
    if outcome in OF_DISPUTES:
        note_top_up(session, OF_DISPUTES[outcome], top_up, actor=actor, at=at)
    return outcome in OF_DISPUTES


def _charge_back(
    session: Session, top_up: TopUp, message: Message, *, actor: Actor, at: datetime
) -> bool:
    """Each dispute takes once, and all of them together no more than came."""
    key = f"charged_back:top_up:{top_up.id}:{fingerprint(message.dispute)[:32]}"
    taken = min(message.money.minor, top_up.amount - top_up.taken)
    known = session.scalar(select(LedgerEntry.id).filter_by(key=key)) is not None
    if known or taken <= 0:
        return False
    held = standing(session, top_up.client_id, top_up.provider_id).balance
    of_balance = min(taken, max(held, 0))
    own, currency = top_up.provider_id, top_up.currency
    loss = AccountName(own, AccountKind.WRITE_OFF, currency)
    movements = [
        Movement(AccountName(own, RECEIVED_IN[top_up.method], currency), taken),
        Movement(balance_of(top_up), -of_balance),
        Movement(loss, of_balance - taken),
    ]
    what = Happened(EntryKind.CHARGED_BACK, key, (SUBJECT, top_up.id), top_up.number)
    post(session, what, [one for one in movements if one.amount], actor=actor, at=at)
    top_up.taken += taken
    note_top_up(session, "top_up.dispute_lost", top_up, actor=actor, at=at)
    return True
