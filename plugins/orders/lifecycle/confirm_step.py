"""Confirming steps that can't be undone: one is taken only if it does what the person was told.

The step is taken in the same transaction, and undone when something else came of it than the mark
of the command says.
"""

from dataclasses import asdict, dataclass, replace

from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.secret_fingerprints import digest
from plugins.orders.lifecycle.advance_order import (
    AdvanceOrder,
    Planned,
    plan_step,
    take_planned,
)
from plugins.orders.lifecycle.consequence_sentences import sentences_of
from plugins.orders.lifecycle.consequences import Consequences
from plugins.orders.lifecycle.preview_step import take_watched
from plugins.orders.store.models import number_of
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.store.visibility.price_visibility import without_sums
from plugins.orders.workflow.order_facts import BY_HAND


@dataclass(frozen=True)
class Confirmation:
    """What is to be confirmed. ``called``: what the button says. ``version``: the one looked at."""

    order_id: int
    version: int
    status: Titles
    called: Text | Titles
    is_lost: bool
    says: tuple[Text, ...]
    mark: str

    @property
    def number(self) -> str:
        return number_of(self.order_id)


class Unconfirmed(Exception):
    """Nothing is done yet: nobody has seen what follows, or something else would."""

    def __init__(self, wanted: Confirmation) -> None:
        super().__init__("not confirmed")
        self.wanted = wanted


def advance_confirmed(
    session: Session, command: AdvanceOrder, *, actor: Actor, clock: Clock
) -> None:
    """As ``advance_order``, where ``command.confirmed`` marks what follows a lasting step.

    Raises what that raises, and Unconfirmed; then the transaction is to be undone.
    """
    planned = plan_step(session, command, actor=actor)
    if not planned.is_lasting:
        take_planned(session, planned, actor=actor, at=clock.now())
        return
    order = planned.order
    version, status = order.version, order.status.title
    told = take_watched(session, planned, actor=actor, clock=clock)
    if command.confirmed != mark_of(told):
        raise Unconfirmed(_confirmation(planned, version, status, told, actor))


def mark_of(told: Consequences) -> str:
    """The fingerprint of what follows, whoever does it; e-mails go to all but them."""
    return digest(asdict(replace(told, letters=())))


def _confirmation(
    planned: Planned, version: int, status: Titles, told: Consequences, actor: Actor
) -> Confirmation:
    step, order = planned.step, planned.order
    by_hand = step.action == BY_HAND
    contacts = sees(actor, Fact.CONTACTS)
    sentences = sentences_of(told, for_staff=actor.client_id is None, contacts=contacts)
    return Confirmation(
        order_id=order.id,
        version=version,
        status=status,
        called=step.target.title if by_hand else workflow_of(order).actions[step.action],
        is_lost=told.is_lost and not told.stays,
        says=tuple(without_sums(one, actor) for one in sentences),
        mark=mark_of(told),
    )
