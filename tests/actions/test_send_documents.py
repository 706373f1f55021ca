"""E-invoices on their way: each is handed to a sender once, and what was answered is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from typing_extensions import override

from billing_panel.accounts.access.load_actors import console
from billing_panel.kernel.tables.event_log import Event
from invoices.document import Document, EInvoicing, Kind
from invoices.einvoice_senders import DocumentToSend, NotReached, NotTaken, Taken
from invoices.exchange.send_documents import send_documents
from invoices.store.einvoice_deliveries import DocumentDelivery, SendingState
from invoices.store.models import IssuedDocument
from tests.actions.test_einvoices import bill, issued
from tests.world import World

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"])


@dataclass
class Contract:
    """A receiver that keeps what it is sent by its key, and answers as it is told."""

    key: str = "contract"
    title: str = "Contract server"
    taken: dict[str, DocumentToSend] = field(default_factory=dict)
    asked: int = 0
    trouble: Exception | None = None
    during: Callable[[], object] = lambda: None

    def takes(self, document: Document) -> bool:
        return document.e_invoicing is EInvoicing.PEPPOL

    def send(self, sent: DocumentToSend) -> Taken:
        self.asked += 1
        self.during()
        if self.trouble:
            raise self.trouble
        self.taken.setdefault(sent.key, sent)
        return Taken(f"id-{sent.key}", "Thank you")


@dataclass
class Undecided(Contract):
    """One that fails before it is handed anything."""

    @override
    def takes(self, document: Document) -> bool:
        raise KeyError(document.number)


def hand_over(world: World, sender: Contract) -> int:
    actor = console(world.panel.known)
    return send_documents(world.database, [sender], actor=actor, clock=world.clock)


def steps(world: World) -> list[tuple[int, SendingState, str, str]]:
    with world.database.reading() as session:
        rows = session.scalars(select(DocumentDelivery).order_by(DocumentDelivery.step))
        return [(row.step, row.state, row.reference, row.said) for row in rows]


def test_a_document_is_handed_once_and_the_answer_is_kept(world: World) -> None:
    row = issued(world, replace(bill(world), kind=Kind.INVOICE))
    sender = Contract()
    # another worker comes while the receiver is still thinking
    sender.during = lambda: hand_over(world, sender)
    assert hand_over(world, sender) == 1
    assert (sender.asked, [*sender.taken]) == (1, [str(row.id)])
    assert sender.taken[str(row.id)].ubl.startswith(b"<?xml")
    world.clock.at += timedelta(days=30)
    assert hand_over(world, sender) == 0
    assert sender.asked == 1
    assert steps(world) == [
        (1, SendingState.HANDED, "", ""),
        (2, SendingState.ACCEPTED, f"id-{row.id}", "Thank you"),
    ]
    with world.database.reading() as session:
        (event,) = session.scalars(select(Event).filter_by(kind="document.delivered"))
        assert event.facts["reference"] == f"id-{row.id}"


@ON_SQLITE
def test_who_is_not_reached_is_asked_again_later_and_later(world: World) -> None:
    issued(world, replace(bill(world), kind=Kind.INVOICE))
    sender = Contract(trouble=NotReached("come again"))
    for waited, asked in ((0, 1), (5, 1), (5, 2), (15, 2), (5, 3)):
        world.clock.at += timedelta(minutes=waited)
        hand_over(world, sender)
        assert sender.asked == asked
    sender.trouble = None
    world.clock.at += timedelta(hours=1)
    assert hand_over(world, sender) == 1
    assert steps(world)[-1][1] is SendingState.ACCEPTED


@ON_SQLITE
def test_a_refusal_is_kept_in_the_words_of_the_receiver(world: World) -> None:
    row = issued(world, replace(bill(world), kind=Kind.INVOICE))
    sender = Contract(trouble=NotTaken("Unknown buyer"))
    assert hand_over(world, sender) == 1
    world.clock.at += timedelta(days=30)
    assert hand_over(world, sender) == 0
    assert steps(world)[-1][1:] == (SendingState.REFUSED, "", "Unknown buyer")
    with world.database.reading() as session:
        answered = session.get_one(IssuedDocument, row.id).answered
        assert [str(step.title) for step in answered] == ["Handed over", "Refused"]


@ON_SQLITE
def test_a_sender_that_fails_keeps_nothing_back(world: World) -> None:
    issued(world, replace(bill(world), kind=Kind.INVOICE))
    sender, other = Contract(trouble=KeyError("oops")), Contract("other")
    actor = console(world.panel.known)
    send_documents(world.database, [sender, other], actor=actor, clock=world.clock)
    assert (sender.asked, len(other.taken)) == (1, 1)
    assert (2, SendingState.UNREACHABLE, "", "KeyError") in steps(world)


@ON_SQLITE
def test_a_sender_that_can_not_say_what_it_takes_keeps_nothing_back(world: World) -> None:
    issued(world, replace(bill(world), kind=Kind.INVOICE))
    sender, other = Undecided(), Contract("other")
    actor = console(world.panel.known)
    for _ in range(2):
        send_documents(world.database, [sender, other], actor=actor, clock=world.clock)
    assert (sender.asked, len(other.taken)) == (0, 1)
    assert (2, SendingState.UNREACHABLE, "", "KeyError") in steps(world)


@ON_SQLITE
def test_what_goes_another_way_is_looked_at_once(world: World) -> None:
    document = replace(bill(world), kind=Kind.INVOICE)
    row = issued(world, replace(document, buyer=replace(document.buyer, vat_number="")))
    sender = Contract()
    assert hand_over(world, sender) == 0
    assert (sender.asked, len(steps(world))) == (0, 1)
    before = world.everything()
    hand_over(world, sender)
    assert world.everything() == before
    with world.database.reading() as session:
        assert session.get_one(IssuedDocument, row.id).answered == []


@ON_SQLITE
def test_those_that_wait_for_their_next_try_keep_nobody_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoices.exchange.send_documents.AT_ONCE", 2)
    for _ in range(3):
        issued(world, replace(bill(world), kind=Kind.INVOICE))
    sender = Contract(trouble=NotReached("come again"))
    hand_over(world, sender)
    assert sender.asked == 2
    hand_over(world, sender)
    assert sender.asked == 3
