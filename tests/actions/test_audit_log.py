"""Who sees which events, how they are found and read, and that finding them reads an index."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.clients.change_client_terms import change_membership
from billing_panel.administration.clients.client_details import MembershipDetails
from billing_panel.audit.log_entries import LogEntry, read
from billing_panel.audit.log_entry_words import lines, subject_name, who_did
from billing_panel.audit.visible_events import Named, Wanted, named_by, newest, of_these
from billing_panel.kernel.language.errors import FunctionNotHeld
from billing_panel.kernel.language.text import say
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.kernel.values.actor import Actor, ActorKind
from permissions.panel_functions import PanelFunction
from tests.world import World, line

pytestmark = pytest.mark.every_case

AUDITOR = frozenset({PanelFunction.AUDIT_READ.value})


def auditor(world: World, login: str = "owner") -> Actor:
    """A member of staff who may see the log, with their own providers."""
    actor = world.actor(login)
    return replace(actor, functions=actor.functions | AUDITOR)


def found(world: World, wanted: Wanted, login: str = "owner", limit: int = 50) -> Sequence[Event]:
    with world.database.reading() as session:
        return newest(session, auditor(world, login), wanted, limit=limit)


def entries(world: World, wanted: Wanted) -> Sequence[LogEntry]:
    with world.database.reading() as session:
        actor = auditor(world)
        events = newest(session, actor, wanted, limit=50)
        return read(session, events, world.panel.event_readers, actor)


def provider_id(world: World, key: str) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Provider.id).filter_by(key=key)).one()


@pytest.fixture
def order_id(world: World) -> int:
    """Maria places an order of Nordvik for Stoyanova."""
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    return order.id


@pytest.mark.usefixtures("order_id")
def test_who_does_not_hold_the_function_sees_nothing(world: World) -> None:
    with world.database.reading() as session:
        with pytest.raises(FunctionNotHeld):
            newest(session, world.actor("maria"), Wanted(), limit=1)
        with pytest.raises(FunctionNotHeld):
            of_these(session, world.actor("maria"), [1])


@pytest.mark.usefixtures("order_id")
def test_they_see_events_of_their_providers_and_none_without_a_provider(world: World) -> None:
    nordvik, sever = provider_id(world, "nordvik"), provider_id(world, "sever")
    assert {e.provider_id for e in found(world, Wanted(), limit=500)} >= {nordvik, sever, None}
    assert {e.provider_id for e in found(world, Wanted(), "georgi", 500)} == {nordvik}
    assert {e.provider_id for e in found(world, Wanted(), "maria", 500)} == {nordvik, sever}
    assert found(world, Wanted(provider_id=nordvik), "olga") == []
    assert found(world, Wanted(kind="demo.loaded"), "georgi") == []
    with world.database.reading() as session:
        fed = of_these(session, auditor(world, "georgi"), range(1, 500))
        assert {e.provider_id for e in fed} == {nordvik}
        assert [e.id for e in fed] == sorted(e.id for e in fed)


def test_each_filter_finds_its_own(world: World, order_id: int) -> None:
    maria, stoyanova = world.actor("maria").user_id, world.client_id("stoyanova")
    (placed,) = found(world, Wanted(kind="order.placed"))
    assert placed.subject_id == order_id
    for wanted in (
        Wanted(user_id=maria),
        Wanted(client_id=stoyanova),
        Wanted(subject=("order", order_id)),
        Wanted(client_id=stoyanova, user_id=maria, kind="order.placed"),
        Wanted(since=placed.at, until=placed.at + timedelta(seconds=1)),
    ):
        assert placed.id in {e.id for e in found(world, wanted)}
    for other in (
        Wanted(user_id=world.actor("georgi").user_id),
        Wanted(client_id=world.client_id("balkan.media")),
        Wanted(subject=("order", order_id + 1)),
        Wanted(until=placed.at),
        Wanted(since=placed.at + timedelta(seconds=1)),
        Wanted(named=Named()),
    ):
        assert placed.id not in {e.id for e in found(world, other)}


@pytest.mark.parametrize("words", ["10001", "NH-2026-000001", "stoyanova", "maria", "Стоянова"])
@pytest.mark.usefixtures("order_id")
def test_it_is_found_by_a_number_or_a_login(world: World, words: str) -> None:
    with world.database.reading() as session:
        named = named_by(session, auditor(world), world.panel.event_readers, words)
        (kinds,) = [{e.kind for e in newest(session, auditor(world), Wanted(named=named), limit=9)}]
    assert kinds & {"order.placed", "document.issued"}


def test_pages_follow_each_other_without_a_gap_and_twice_nothing(world: World) -> None:
    whole = [e.id for e in found(world, Wanted(), "maria", 500)]
    paged: list[int] = []
    with world.database.reading() as session:
        while page := newest(
            session,
            auditor(world, "maria"),
            Wanted(),
            before=paged[-1] if paged else None,
            limit=3,
        ):
            paged += [e.id for e in page]
    assert paged == whole
    assert len(whole) > 3


def test_an_order_is_read_in_the_words_of_its_own_page(world: World, order_id: int) -> None:
    (entry,) = entries(world, Wanted(subject=("order", order_id), kind="order.placed"))
    assert (who_did(entry, "en"), entry.client and entry.client.login) == (
        "Maria Koleva",
        "stoyanova",
    )
    assert subject_name(entry, "bg") == "Поръчка №\N{NO-BREAK SPACE}10001"
    assert say(entry.words.said, "ru") == "Оформлен"
    assert lines(entry, "en") == ["Total: €5.88"]


def test_what_changed_is_read_from_what_to_what(world: World) -> None:
    client_id, clock = world.client_id("stoyanova"), world.clock
    actor = replace(world.actor("owner"), address="192.0.2.7")
    details = MembershipDetails(credit_limit="55", blocked_reason="Does not pay")
    with world.database.writing() as session:
        change_membership(session, client_id, "nordvik", details, actor=actor, clock=clock)
    (entry,) = entries(world, Wanted(kind="client.terms_changed", user_id=actor.user_id))
    assert entry.event.address == "192.0.2.7"
    assert set(lines(entry, "en")) == {
        "Credit limit: 0.00 → 55.00",
        "Blocked: No → Yes",
        "Reason for the block: — → Does not pay",
        "Group: retail → —",
    }
    assert "Кредитный лимит: 0.00 → 55.00" in lines(entry, "ru")


def test_a_kind_nobody_has_words_for_is_told_by_its_facts(world: World) -> None:
    facts = {"colour": "red", "changes": {"size": [1, 2], "tags": [["a", "b"], ["b", "c"]]}}
    with world.database.writing() as session:
        record(
            session,
            "thing.happened",
            actor=console(()),
            at=world.clock.now(),
            subject=("thing", 7),
            facts=facts,
        )
    (entry,) = entries(world, Wanted(kind="thing.happened"))
    assert (who_did(entry, "en"), subject_name(entry, "en")) == ("The system", "№ 7")
    assert say(entry.words.said, "en") == "thing.happened"
    assert lines(entry, "en") == ["colour: red", "size: 1 → 2", "tags: a → c"]


def test_every_kind_that_was_written_has_words(world: World) -> None:
    known = {kind for reader in world.panel.event_readers for kind in reader.kinds}
    with world.database.reading() as session:
        assert set(session.scalars(select(Event.kind).distinct())) <= known


MANY = 20_000


def crowd(world: World) -> None:
    with world.database.writing() as session:
        session.execute(
            insert(Event),
            [
                {
                    "at": world.clock.now() - timedelta(minutes=number),
                    "kind": "test.happened",
                    "actor_kind": ActorKind.SYSTEM,
                    "subject_kind": "test",
                    "subject_id": number,
                    "provider_id": 1 + number % 2,
                    "client_id": 1 + number % 5,
                    "facts": {},
                }
                for number in range(MANY)
            ],
        )
    with world.database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


def plans(world: World, session: Session, look: Any) -> list[str]:
    """How the database finds events for what ``look`` asks."""
    asked: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "FROM event" in statement:
            asked.append((statement, parameters))

    engine = world.database.engine
    listening.listen(engine, "before_cursor_execute", keep)
    try:
        look()
    finally:
        listening.remove(engine, "before_cursor_execute", keep)
    explain = "EXPLAIN QUERY PLAN" if world.database.is_sqlite else "EXPLAIN"
    connection = session.connection()
    assert asked
    return [
        "\n".join(
            str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {sql}", values).all()
        )
        for sql, values in asked
    ]


LOOKS = (
    Wanted(),
    Wanted(client_id=3),
    Wanted(user_id=3),
    Wanted(kind="order.placed"),
    Wanted(kind="test.happened"),
    Wanted(provider_id=1),
    Wanted(provider_id=1, client_id=3, kind="order.placed"),
    Wanted(subject=("test", 17)),
    Wanted(named=Named(clients=(3, 4), users=(5,), subjects=(("test", 17),))),
)


@pytest.mark.parametrize("login", ["owner", "maria"])
def test_looking_reads_an_index_and_never_the_whole_table(world: World, login: str) -> None:
    crowd(world)
    now, actor = world.clock.now(), auditor(world, login)
    since, until = now - timedelta(hours=2), now - timedelta(hours=1)
    with world.database.reading() as session:
        last = session.scalars(select(Event.id).order_by(Event.at).limit(1)).one()

        def look() -> None:
            for wanted in (*LOOKS, *(replace(one, since=since, until=until) for one in LOOKS)):
                newest(session, actor, wanted, before=last - 100, limit=51)
            of_these(session, actor, range(100, 150))

        told = plans(world, session, look)
    assert len(told) > 2 * len(LOOKS)
    for plan in told:
        assert "Seq Scan" not in plan
        for step in plan.splitlines():
            assert not step.startswith("SCAN event"), plan
        assert "INDEX" in plan or "PRIMARY KEY" in plan or "Index" in plan, plan
