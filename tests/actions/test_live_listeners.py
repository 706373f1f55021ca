"""Whoever is connected receives what happens, from where they stopped, as long as they may."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession
from billing_panel.accounts.people.staff_models import Department, Staff, staff_provider
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import revoke_token
from billing_panel.accounts.signing_in.sessions import open_session
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.secret_fingerprints import fingerprint
from billing_panel.live import feed as feed_module
from billing_panel.live.event_visibility import all_sights
from billing_panel.live.feed import OF_ONE_PERSON, Feed
from billing_panel.live.feed_cursor import read_cursor
from billing_panel.live.listener_rights import rights_of_all
from billing_panel.live.listeners import MOST_WAITING, Listener, Person
from billing_panel.live.log_reader import BATCH, newest
from permissions.models import StaffFunction
from tests.http.engines import ON_SQLITE
from tests.world import World, hold_only

PATIENCE = 30
Item = dict[str, Any]


@pytest.fixture
def feed(world: World) -> Iterator[Feed]:
    made = Feed(
        world.database,
        world.clock,
        sights=all_sights(world.panel.event_readers),
        sources=(),
        idle=timedelta(hours=2),
        most=OF_ONE_PERSON + 1,
    )
    yield made
    made.stop()


def person(world: World, login: str, **more: Any) -> Person:
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login=login)).one()
        secret = open_session(session, user, at=world.clock.now())
        rights = rights_of_all(session, [user.id])[user.id]
    return Person(world.actor(login), user.id, fingerprint(secret), rights, **more)


def happen(world: World, *numbers: int, key: str = "nordvik") -> None:
    """Orders of these numbers, of a client of nobody here, move."""
    owner = world.actor("owner")
    with world.database.writing() as session:
        provider = session.scalars(select(Provider.id).filter_by(key=key)).one()
        for number in numbers:
            record(
                session,
                "order.moved",
                actor=owner,
                at=world.clock.now(),
                subject=("order", number),
                provider_id=provider,
            )


def cursor_now(world: World) -> str:
    with world.database.snapshot() as session:
        return str(newest(session, ()))


async def items(listener: Listener) -> AsyncIterator[tuple[str, Item]]:
    """Each with its cursor, until the connection is over."""
    while (piece := await listener.next()) is not None:
        for block in piece.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "data" in lines:
                yield lines["id"], json.loads(lines["data"])


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, PATIENCE))


def connect(feed: Feed, who: Person, cursor: str) -> Listener:
    feed.start()
    listener = feed.admit(who, read_cursor(cursor))
    listener.begin()
    return listener


@pytest.mark.every_case
def test_what_happened_before_and_what_happens_is_received_once_and_in_its_order(
    world: World, feed: Feed
) -> None:
    async def test() -> None:
        maria, start = person(world, "maria"), cursor_now(world)
        happen(world, 1)
        heard = items(connect(feed, maria, start))
        assert (await anext(heard))[1]["subject"] == {"kind": "order", "id": 1}
        happen(world, 2)
        cursor, second = await anext(heard)
        assert second["subject"]["id"] == 2
        happen(world, 3)
        assert (await anext(heard))[1]["subject"]["id"] == 3
        # as if it had broken off after the second
        again = items(connect(feed, maria, cursor))
        assert (await anext(again))[1]["subject"]["id"] == 3
        happen(world, 4)
        assert (await anext(again))[1] == (await anext(heard))[1]

    run(test())


@ON_SQLITE
def test_with_the_cursor_of_somebody_else_they_receive_what_is_theirs(
    world: World, feed: Feed
) -> None:
    async def test() -> None:
        start = cursor_now(world)
        happen(world, 1)
        happen(world, 2, key="sever")
        of_owner = items(connect(feed, person(world, "owner"), start))
        _, first = await anext(of_owner)
        assert first["subject"]["id"] == 1
        # who works for the second provider alone
        of_olga = items(connect(feed, person(world, "olga"), start))
        assert (await anext(of_olga))[1]["subject"]["id"] == 2

    run(test())


def ends_session(world: World, who: Person) -> None:
    with world.database.writing() as session:
        session.execute(delete(SignInSession).filter_by(secret=who.session))


def disables(world: World, who: Person) -> None:
    world.change(User, {"id": who.user_id}, disabled_at=world.clock.now())


def takes_a_function(world: World, who: Person) -> None:
    hold_only(world, who.actor.login)


def gives_a_function(world: World, who: Person) -> None:
    with world.database.writing() as session:
        staff = session.scalars(select(Staff.id).filter_by(user_id=who.user_id)).one()
        session.add(StaffFunction(staff_id=staff, function="audit:event:read", on=True))


def moves_to_another_provider(world: World, who: Person) -> None:
    with world.database.writing() as session:
        staff = session.scalars(select(Staff.id).filter_by(user_id=who.user_id)).one()
        gone = staff_provider.c.staff_id == staff
        session.execute(delete(staff_provider).where(gone))


def leaves_it_unused(world: World, who: Person) -> None:
    with world.database.writing() as session:
        seen = world.clock.now() - timedelta(hours=3)
        session.execute(update(SignInSession).filter_by(secret=who.session).values(seen_at=seen))


CHANGES = (
    ends_session,
    disables,
    takes_a_function,
    gives_a_function,
    moves_to_another_provider,
    leaves_it_unused,
)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.every_case
def test_whose_rights_or_session_change_is_let_go_and_others_stay(
    world: World,
    feed: Feed,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[World, Person], None],
) -> None:
    monkeypatch.setattr(feed_module, "CHECK_SECONDS", 0.0)

    async def test() -> None:
        start, maria, petar = cursor_now(world), person(world, "maria"), person(world, "petar")
        of_maria = items(connect(feed, maria, start))
        of_petar = items(connect(feed, petar, start))
        happen(world, 1)
        await anext(of_maria)
        await anext(of_petar)
        change(world, maria)
        assert [one async for one in of_maria] == []
        happen(world, 2)
        assert (await anext(of_petar))[1]["subject"]["id"] == 2

    run(test())


@ON_SQLITE
def test_whoever_sees_as_somebody_else_is_judged_anew_after_a_while(
    world: World, feed: Feed
) -> None:
    async def test() -> None:
        start = cursor_now(world)
        walker = person(world, "owner", until=world.clock.now() + timedelta(seconds=10))
        heard = items(connect(feed, walker, start))
        happen(world, 1)
        await anext(heard)
        world.clock.at += timedelta(seconds=10)
        happen(world, 2)
        assert [one async for one in heard] == []

    run(test())


@ON_SQLITE
def test_whoever_does_not_read_is_let_go_and_costs_no_more_than_a_bound(
    world: World, feed: Feed
) -> None:
    async def test() -> None:
        slow = connect(feed, person(world, "maria"), cursor_now(world))
        piece = b"x" * 1024
        assert slow.waiting.popleft().startswith(b"retry: ")
        given = 0
        while not slow.is_over:
            slow.give(piece)
            given += len(piece)
        assert given == MOST_WAITING + len(piece)
        assert not slow.waiting
        assert await slow.next() is None

    run(test())


@ON_SQLITE
def test_whoever_was_away_for_long_begins_anew(
    world: World, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "MOST_BEHIND", 2)

    async def test() -> None:
        start, maria = cursor_now(world), person(world, "maria")
        for number in range(3):
            happen(world, number)
        heard = items(connect(feed, maria, start))
        cursor, reset = await anext(heard)
        assert (cursor, reset) == (cursor_now(world), {})
        happen(world, 9)
        assert (await anext(heard))[1]["subject"]["id"] == 9

    run(test())


@pytest.mark.every_case
def test_what_is_much_is_caught_up_with_while_more_happens(world: World, feed: Feed) -> None:
    much = 2 * BATCH + BATCH // 2

    async def test() -> None:
        start, maria = cursor_now(world), person(world, "maria")
        happen(world, *range(much))
        heard = items(connect(feed, maria, start))
        for number in range(much, much + 5):
            happen(world, number)
        received = [(await anext(heard))[1]["subject"]["id"] for _ in range(much + 5)]
        assert received == list(range(much + 5))

    run(test())


# --- programs that listen by a token --------------------------------------------------------------


def by_token(world: World, login: str) -> Person:
    secret = world.token(login)
    with world.database.reading() as session:
        token = session.scalars(select(ApiToken).filter_by(secret=fingerprint(secret))).one()
        rights = rights_of_all(session, [token.user_id])[token.user_id]
    return Person(world.actor(login), token.user_id, token.secret, rights, by_token=True)


@pytest.mark.every_case
def test_a_program_receives_the_same_news_with_their_moment(world: World, feed: Feed) -> None:
    async def test() -> None:
        start = cursor_now(world)
        heard = items(connect(feed, by_token(world, "maria"), start))
        seen = items(connect(feed, person(world, "maria"), start))
        happen(world, 1)
        (_, told), (_, shown) = await anext(heard), await anext(seen)
        assert told == {**shown, "client": None, "at": world.clock.now().isoformat()}

    run(test())


def test_a_narrowed_token_hears_nothing_of_its_owners_account(world: World, feed: Feed) -> None:
    async def test() -> None:
        start = cursor_now(world)
        whole = by_token(world, "maria")
        held = whole.actor.functions
        few = replace(by_token(world, "maria"), actor=whole.actor.narrowed_to(held))
        heard = items(connect(feed, whole, start))
        heard_by_few = items(connect(feed, few, start))
        maria = world.actor("maria")
        with world.database.writing() as session:
            subject = ("user", maria.user_id or 0)
            record(session, "token.made", actor=maria, at=world.clock.now(), subject=subject)
        happen(world, 1)
        assert [(await anext(heard))[1]["kind"] for _ in range(2)] == ["token.made", "order.moved"]
        assert (await anext(heard_by_few))[1]["kind"] == "order.moved"

    run(test())


def revokes(world: World, who: Person) -> None:
    with world.database.writing() as session:
        token = session.scalars(select(ApiToken).filter_by(secret=who.session)).one()
        owner, at = world.actor("owner"), world.clock.now()
        revoke_token(session, token.id, actor=owner, at=at)


def lets_it_expire(world: World, who: Person) -> None:
    world.change(ApiToken, {"secret": who.session}, expires_at=world.clock.now())


def requires_a_second_factor(world: World, _who: Person) -> None:
    world.change(Department, {"key": "order_desk"}, second_factor=True)


@pytest.mark.every_case
@pytest.mark.parametrize(
    "end", [revokes, lets_it_expire, requires_a_second_factor, takes_a_function, disables]
)
def test_a_program_is_told_nothing_more_once_its_token_is_no_good(
    world: World, feed: Feed, end: Callable[[World, Person], None]
) -> None:
    async def test() -> None:
        who, start = by_token(world, "maria"), cursor_now(world)
        heard = items(connect(feed, who, start))
        happen(world, 1)
        await anext(heard)
        end(world, who)
        assert [item async for item in heard] == []

    run(test())
