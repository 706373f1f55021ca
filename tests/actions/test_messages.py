"""Correspondence on both databases: who reads what, what counts, what writes itself (P6, M1)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.kernel.files.attached_files import MAX_A_DAY, take_files
from billing_panel.kernel.language.errors import (
    DomainError,
    FunctionNotHeld,
    Invalid,
    NotFound,
)
from billing_panel.kernel.tables.event_log import Event
from invoices.issue_and_print import content_of
from invoices.payment.payment_reference import reference_shown
from invoices.store.models import IssuedDocument
from plugins.messages.automatic.order_messages import step_words
from plugins.messages.correspondence.answer_templates import (
    TemplateDetails,
    insert_template,
    save_template,
)
from plugins.messages.correspondence.mark_dialogue_read import ReadDialogue, read_dialogue
from plugins.messages.correspondence.write_message import (
    Topic,
    WriteMessage,
    topic_of,
    write_message,
)
from plugins.messages.store.count_messages import Pills, message_counts, pills_of
from plugins.messages.store.find_dialogues import (
    DialogueFilter,
    find_attachment,
    list_dialogues,
    messages_of,
    new_dialogues,
)
from plugins.messages.store.models import Attachment, Dialogue, DialogueMark, Message, Side
from plugins.messages.surface.message_checks import MESSAGE_CHECKS
from plugins.messages.surface.message_personal_data import MESSAGE_RECORDS
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.versions.workflow_store import workflow_of
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import ANTENNA, ROUTER, Business
from tests.world import World, add_client_user, hold_only, line

CLIENT = "stoyanova"
Talk = Callable[..., int]


@pytest.fixture
def order_id(world: World) -> int:
    (order,) = world.place("maria", world.order(CLIENT, line("web-start", "1 month")))
    return order.id


@pytest.fixture
def talk(world: World, order_id: int) -> Talk:
    """``talk("maria", "Hello")``: about the order, or ``general=True``."""

    def write(login: str, text: str = "Hello", *, general: bool = False, **more: Any) -> int:
        topic = (
            Topic(client_id=world.client_id(CLIENT), provider="nordvik")
            if general
            else Topic(order_id=order_id)
        )
        with world.database.writing() as session:
            return write_message(
                session,
                WriteMessage(topic, text, **more),
                actor=world.actor(login),
                clock=world.clock,
            )

    return write


def read(world: World, login: str, order_id: int, upto: int | None = None) -> None:
    with world.database.writing() as session:
        command = ReadDialogue(Topic(order_id=order_id), upto)
        read_dialogue(session, command, actor=world.actor(login), clock=world.clock)


def counts(world: World, login: str, order_id: int) -> tuple[int, int]:
    """How many messages of the order there are, and how many new to that person."""
    with world.database.reading() as session:
        return message_counts(session, [order_id], world.actor(login))[order_id]


def pills(world: World) -> Pills:
    maria = world.actor("maria")
    with world.database.reading() as session:
        provider = session.scalars(select(Dialogue.provider_id).limit(1)).one()
        return pills_of(session, maria, world.client_id(CLIENT), provider)


def texts(world: World, login: str, order_id: int) -> list[str]:
    actor = world.actor(login)
    with world.database.reading() as session:
        about = topic_of(session, actor, Topic(order_id=order_id))
        found = messages_of(session, actor, about.dialogue, limit=100)
        return [one.row.text for one in reversed(found) if not one.row.automatic]


def wrong_counts(world: World) -> list[str]:
    with world.database.reading() as session:
        return [str(said) for check in MESSAGE_CHECKS for said in check.wrong(session)]


def kinds(world: World) -> list[str]:
    with world.database.reading() as session:
        of_dialogues = select(Event.kind).filter_by(subject_kind="dialogue").order_by(Event.id)
        return [*session.scalars(of_dialogues)]


def test_p6_both_sides_write_and_read_and_each_sees_what_is_new_to_them(
    world: World, order_id: int, talk: Talk
) -> None:
    read(world, "maria", order_id)
    before = pills(world)
    talk(CLIENT, "When?")
    assert pills(world) == Pills(before.new + 1, before.all + 1)
    assert counts(world, "maria", order_id)[1] == counts(world, "georgi", order_id)[1] - 1 == 1
    talk("maria", "Tomorrow.")
    assert pills(world) == Pills(0, before.all + 2)
    assert texts(world, CLIENT, order_id) == ["When?", "Tomorrow."]
    # what is new to one of the staff is a mark of their own
    assert counts(world, "maria", order_id)[1] == 0
    assert counts(world, "georgi", order_id)[1] == 2
    assert counts(world, CLIENT, order_id)[1] >= 1
    read(world, CLIENT, order_id)
    assert counts(world, CLIENT, order_id)[1] == 0
    assert wrong_counts(world) == []


def test_either_side_begins_in_general_and_one_dialogue_is_made(world: World, talk: Talk) -> None:
    for login in (CLIENT, "maria", CLIENT):
        talk(login, general=True)
    with world.database.reading() as session:
        (dialogue,) = session.scalars(select(Dialogue).filter_by(order_id=None))
    assert (dialogue.messages, dialogue.appeals) == (3, 1)


def test_internal_notes_are_for_staff_alone_and_in_no_count(
    world: World, order_id: int, talk: Talk
) -> None:
    read(world, CLIENT, order_id)
    before = pills(world), counts(world, CLIENT, order_id), _last(world, order_id)
    file = take_files([("secret.txt", b"a secret")])
    talk("maria", "Never promise this.", internal=True, files=file)
    assert (pills(world), counts(world, CLIENT, order_id), _last(world, order_id)) == before
    assert texts(world, CLIENT, order_id) == []
    assert texts(world, "georgi", order_id) == ["Never promise this."]
    with world.database.reading() as session:
        attachment_id = session.scalars(select(Attachment.id)).one()
        with pytest.raises(NotFound):
            find_attachment(session, world.actor(CLIENT), attachment_id)
        assert find_attachment(session, world.actor("georgi"), attachment_id).content
        exported = MESSAGE_RECORDS.export(session, world.client_id(CLIENT))
        assert "Never promise this." not in str(exported)
        assert MESSAGE_RECORDS.files(session, world.client_id(CLIENT)) == {}
    assert kinds(world)[-1] == "note.written"
    assert wrong_counts(world) == []


def _last(world: World, order_id: int) -> object:
    """When the client's list says that something was written last."""
    with world.database.reading() as session:
        last = select(Dialogue.last_open_at).filter_by(order_id=order_id)
        return session.scalars(last).one()


def test_reading_backwards_or_beyond_changes_nothing(
    world: World, order_id: int, talk: Talk
) -> None:
    first, second = talk(CLIENT), talk(CLIENT)
    read(world, "maria", order_id, first)
    assert pills(world).new == 1
    read(world, "maria", order_id, 10**12)
    assert pills(world).new == 0
    read(world, "maria", order_id, first)
    assert (pills(world).new, counts(world, "maria", order_id)[1]) == (0, 0)
    talk(CLIENT)
    # an answer to what was seen leaves new what came meanwhile
    talk("maria", seen=second)
    assert pills(world).new == 1
    assert wrong_counts(world) == []


def test_the_log_tells_that_something_was_written_and_never_what(
    world: World, order_id: int, talk: Talk
) -> None:
    talk(CLIENT, "Wolpertinger")
    read(world, "georgi", order_id)
    read(world, "maria", order_id)
    assert kinds(world)[-2:] == ["message.written", "message.seen"]
    with world.database.reading() as session:
        for event in session.scalars(select(Event).filter_by(subject_kind="dialogue")):
            assert "Wolpertinger" not in str(event.told)
            assert event.facts == {"order_id": order_id}


@pytest.mark.parametrize(
    ("login", "more", "refusal"),
    [
        ("petar", {}, FunctionNotHeld),
        ("olga", {}, NotFound),
        ("rhein-labs", {}, NotFound),
        (f"{CLIENT}.viewer", {}, FunctionNotHeld),
        (CLIENT, {"internal": True}, FunctionNotHeld),
        ("maria", {"text": " \u2800 "}, Invalid),
        ("maria", {"text": "a" * 10_001}, Invalid),
    ],
)
def test_whoever_may_not_writes_nothing(
    world: World, talk: Talk, login: str, more: Mapping[str, Any], refusal: type[DomainError]
) -> None:
    add_client_user(world, CLIENT, f"{CLIENT}.viewer", ClientRole.VIEWER)
    before = world.everything()
    with pytest.raises(refusal):
        talk(login, **more)
    assert world.everything() == before


def test_the_same_request_writes_once(world: World, order_id: int, talk: Talk) -> None:
    assert talk("maria", request_key="a") == talk("maria", request_key="a")
    assert texts(world, CLIENT, order_id) == ["Hello"]


def test_lists_have_what_is_new_first_and_go_on_by_page(
    world: World, order_id: int, talk: Talk
) -> None:
    (other,) = world.place("maria", world.order(CLIENT, line("web-start", "1 month")))
    talk(CLIENT, general=True)
    read(world, "maria", order_id)
    maria, client = world.actor("maria"), world.actor(CLIENT)
    with world.database.reading() as session:
        found = [row[0].order_id for row in list_dialogues(session, maria, DialogueFilter())]
        assert found == [None, other.id, order_id]
        assert len(session.scalars(new_dialogues(maria)).all()) == 1
        only_new = list_dialogues(session, maria, DialogueFilter(only_new=True))
        assert [row[0].order_id for row in only_new] == [None]
        by_number = list_dialogues(session, maria, DialogueFilter(query=other.number))
        assert [row[0].order_id for row in by_number] == [other.id]
        own = list_dialogues(session, client, DialogueFilter(kind="order"))
        assert {row[0].order_id for row in own} == {order_id, other.id}
        for login in ("olga", "rhein-labs"):
            assert list_dialogues(session, world.actor(login), DialogueFilter()) == []


def many(world: World, order_id: int, number: int) -> Callable[[], object]:
    """Somebody writes, or reads what there is."""
    client, maria = world.actor(CLIENT), world.actor("maria")
    topic = Topic(order_id=order_id)

    def act() -> object:
        with world.database.writing() as session:
            how: Any = {"clock": world.clock}
            if number % 3 == 0:
                return write_message(session, WriteMessage(topic, "a"), actor=client, **how)
            if number % 3 == 1:
                return write_message(session, WriteMessage(topic, "b"), actor=maria, **how)
            read_dialogue(session, ReadDialogue(topic), actor=maria, **how)
            return None

    return act


def test_counts_equal_the_rows_after_fifty_write_and_read_at_once(
    world: World, order_id: int
) -> None:
    at_once([many(world, order_id, number) for number in range(50)])
    assert wrong_counts(world) == []
    with world.database.reading() as session:
        dialogue = session.scalars(select(Dialogue).filter_by(order_id=order_id)).one()
        assert dialogue.messages == 34
        mark = session.scalars(
            select(DialogueMark.read_id).filter_by(user_id=world.actor("maria").user_id)
        ).one()
        unread = select(func.count()).where(
            Message.dialogue_id == dialogue.id, Message.side == Side.CLIENT, Message.id > mark
        )
        assert counts(world, "maria", order_id)[1] == session.scalar(unread)


def test_a_general_dialogue_begun_by_many_at_once_is_one(world: World) -> None:
    client, maria = world.actor(CLIENT), world.actor("maria")
    topic = Topic(client_id=world.client_id(CLIENT), provider="nordvik")

    def act(actor: Any) -> object:
        with world.database.writing() as session:
            return write_message(session, WriteMessage(topic, "a"), actor=actor, clock=world.clock)

    at_once([partial(act, actor) for actor in [client, maria] * 5])
    assert wrong_counts(world) == []
    with world.database.reading() as session:
        assert session.scalars(select(Dialogue.messages).filter_by(order_id=None)).one() == 10


# --- what writes itself ---


@pytest.fixture
def market(business: Opening) -> Business:
    return business("marketplace")


def entries(market: Business, order_id: int) -> list[Message]:
    with market.world.database.reading() as session:
        found = select(Message).join(Dialogue, Dialogue.id == Message.dialogue_id)
        return [*session.scalars(found.where(Dialogue.order_id == order_id).order_by(Message.id))]


def test_m1_each_order_of_a_split_has_a_dialogue_that_is_new_to_the_shop(market: Business) -> None:
    orders = market.world.place("maria", market.command(ROUTER, ANTENNA))
    for order in orders:
        (placed,) = entries(market, order.id)
        assert (placed.side, placed.automatic, placed.said) == (
            Side.CLIENT,
            True,
            {"kind": "placed"},
        )
        assert counts(market.world, "maria", order.id) == (0, 1)


def test_m4_awaiting_payment_tells_the_client_how_to_pay_in_their_language(
    market: Business,
) -> None:
    order_id = market.place()
    market.move(order_id, "accept")
    *_, status, told = entries(market, order_id)
    assert (status.said or {})["titles"]["en"] == "Awaiting payment"
    (bill,) = market.order(order_id).documents
    assert (told.automatic, told.has_sums, told.side) == (True, True, Side.STAFF)
    for said in (bill.number, f"{bill.due_on:%d.%m.%Y}", market.order(order_id).number):
        assert said in told.text
    with market.world.database.reading() as session:
        content = content_of(session.get_one(IssuedDocument, bill.id))
    assert f"- Payment reference: {reference_shown(content)}" in told.text


def test_m4_staff_see_the_text_first_and_may_write_another(market: Business) -> None:
    order_id, world = market.place(), market.world
    maria = world.actor("maria")
    with world.database.reading() as session:
        order = find_order(session, maria, order_id)
        (step,) = [one for one in workflow_of(order).steps if one.action == "accept"]
        shown = step_words(order, step, maria, world.clock.now())
        assert shown is not None
        assert "{bill}" in shown
        assert step_words(order, step, world.actor("buyer"), world.clock.now()) is None
    market.move(order_id, "accept", message="Bring {bill} by {pay_by}.")
    (bill,) = market.order(order_id).documents
    *_, told = entries(market, order_id)
    assert told.text == f"Bring {bill.number} by {bill.due_on:%d.%m.%Y}."
    with world.database.reading() as session:
        moved = select(Event).filter_by(kind="order.moved", subject_id=order_id)
        assert "Bring" not in str(session.scalars(moved).one().told)
    assert "message" not in market.order(order_id).fields


def test_words_with_a_step_ask_for_the_right_to_write(market: Business) -> None:
    order_id, world = market.place(), market.world
    hold_only(world, "maria", "orders:order:read", "orders:status:change")
    before = world.everything()
    with pytest.raises(FunctionNotHeld):
        market.move(order_id, "accept", message="Hello")
    assert world.everything() == before


def test_no_client_hides_what_they_wrote_from_staff(world: World, talk: Talk) -> None:
    written = [talk(CLIENT, "Where is it?", has_sums=True), talk("maria", "€5", has_sums=True)]
    with world.database.reading() as session:
        hidden = [session.get_one(Message, one).has_sums for one in written]
    assert hidden == [False, True]


def test_a_client_sends_so_much_in_a_day(world: World, talk: Talk) -> None:
    attached = talk(CLIENT, files=take_files([("a.txt", b"a")]))
    world.change(Attachment, {"message_id": attached}, size=MAX_A_DAY - 1)
    talk(CLIENT, files=take_files([("b.txt", b"b")]))
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        talk(CLIENT, files=take_files([("c.txt", b"c")]))
    assert [error.code for error in refused.value.errors] == ["too_many_files"]
    assert world.everything() == before
    talk("maria", files=take_files([("c.txt", b"c")]))
    world.clock.at += timedelta(days=1)
    talk(CLIENT, files=take_files([("c.txt", b"c")]))


# --- templates ---


def test_no_client_reads_a_template_by_inserting_it(world: World, order_id: int) -> None:
    owner, client = world.actor("owner"), world.actor(CLIENT)
    details = TemplateDetails("Pay", "Said by staff alone")
    with world.database.writing() as session:
        saved = save_template(
            session, details, provider="nordvik", actor=owner, clock=world.clock
        ).id
    with world.database.reading() as session:
        about = topic_of(session, client, Topic(order_id=order_id))
        with pytest.raises(NotFound):
            insert_template(session, saved, about, actor=client)


def test_a_template_takes_the_facts_of_the_order_and_no_code(world: World, order_id: int) -> None:
    owner = world.actor("owner")
    details = TemplateDetails("Pay", "{client}: {left} for {order}", text_ru="{client}")
    with world.database.writing() as session:
        saved = save_template(
            session, details, provider="nordvik", actor=owner, clock=world.clock
        ).id
        bad = TemplateDetails("Bad", "{client.__class__} {config}")
        with pytest.raises(Invalid) as refused:
            save_template(session, bad, provider="nordvik", actor=owner, clock=world.clock)
    assert [error.code for error in refused.value.errors] == ["unknown_placeholder"]
    with world.database.reading() as session:
        about = topic_of(session, owner, Topic(order_id=order_id))
        made = insert_template(session, saved, about, actor=owner)
        assert about.client.name in made.words
        assert made.has_sums
        with pytest.raises(NotFound):
            insert_template(session, saved, about, actor=world.actor("olga"))


def test_who_is_forgotten_leaves_no_words(world: World, talk: Talk) -> None:
    talk(CLIENT, "Wolpertinger", files=take_files([("a.txt", b"Wolpertinger")]))
    talk("maria", "Wolpertinger", internal=True)
    client_id = world.client_id(CLIENT)
    with world.database.reading() as session:
        exported = MESSAGE_RECORDS.export(session, client_id)
        assert str(exported).count("Wolpertinger") == 1
        assert list(MESSAGE_RECORDS.files(session, client_id).values()) == [b"Wolpertinger"]
    with world.database.writing() as session:
        MESSAGE_RECORDS.erase(session, client_id, world.clock.now())
    with world.database.reading() as session:
        assert not [one for one in session.scalars(select(Message.text)) if "Wolp" in one]
        assert session.scalars(select(Attachment.id)).all() == []
    assert wrong_counts(world) == []
