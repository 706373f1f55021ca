"""H2 on a real database: whatever is restricted, staff get for a client what they get themselves.

Each example restricts the demo at random, judges a random basket for the client in their own area,
lets a member of staff place it, compares the two, and takes everything back.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.catalog.load_eligibility_facts import tariffs
from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.language.errors import Reason, Refused
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.runtime.open_panel import open_panel
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.checkout_context import choose_all, go_shopping
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.store.models import Order
from tests.conftest import NOON, Templates
from tests.property.scenes import Scene, Stage, scenes
from tests.world import World, everything_in

STAFF = ("maria", "olga", "owner")


@pytest.fixture
def world(templates: Templates, tmp_path: Path) -> Iterator[World]:
    """SQLite only: what is tested here are rules, and many of them."""
    clock = FixedClock(NOON)
    with templates.copy("sqlite", "demo") as url:
        config = Config(home=tmp_path, database_url=url, secret_key="only for tests")
        panel = open_panel(config, load_plugins(), clock)
        yield World(panel, clock)
        panel.database.close()


def own_actor(session: Session, stage: Stage, known: frozenset[str]) -> Actor:
    user = session.scalars(select(User).join(ClientUser).filter_by(client_id=stage.client.id)).one()
    actor = actor_of(session, user, known)
    assert actor is not None
    return actor


def judged_for_the_client(session: Session, stage: Stage, actor: Actor) -> Judgement:
    """What the client is told in their own area about the same basket."""
    scene = stage.scene
    at = stage.clock.now()
    shopping = go_shopping(session, actor, stage.client, stage.provider, at=at)
    assert shopping.own_area
    catalogue = tariffs(session, stage.provider, [line.tariff for line in scene.lines])
    choices = choose_all(catalogue, scene.lines)
    return shopping.judge(choices, method=shopping.payment_method(scene.method))


def told(judgement: Judgement) -> set[Reason]:
    """The reasons with their places, without the one that binds the client alone."""
    placed = {
        replace(reason, place=f"lines.{number}")
        for number, of_line in enumerate(judgement.reasons)
        for reason in of_line
        if reason.code != "not_self_service"
    }
    return placed | set(judgement.basket_reasons)


def place(session: Session, stage: Stage, staff: Actor) -> Sequence[Order] | Refused:
    scene = stage.scene
    command = PlaceOrder(
        client_id=stage.client.id,
        provider=scene.provider,
        payment_method=scene.method,
        lines=scene.lines[scene.in_cart :],
        whole_cart=scene.in_cart > 0,
    )
    try:
        return place_order(session, command, actor=staff, clock=stage.clock)
    except Refused as refusal:
        return refusal


def test_h2_staff_get_for_a_client_exactly_what_they_get_themselves(world: World) -> None:
    staff = {login: world.actor(login) for login in STAFF}
    seen: Counter[str] = Counter()

    @settings(max_examples=150)
    @given(scenes())
    def play(scene: Scene) -> None:
        with world.database.writing() as session:
            stage = Stage(session, world, scene)
            stage.set(staff["owner"])
            client = own_actor(session, stage, world.panel.known)
            judgement = judged_for_the_client(session, stage, client)
            before = everything_in(session)
            outcome = place(session, stage, staff[scene.staff])
            if isinstance(outcome, Refused):
                assert outcome.code == "not_orderable"
                assert set(outcome.reasons) == told(judgement) != set()
                assert everything_in(session) == before
                seen.update({"refused": 1, **{reason.code: 1 for reason in outcome.reasons}})
            else:
                assert told(judgement) == set()
                assert sum(order.total for order in outcome) == judgement.total
                assert sum(order.points for order in outcome) == judgement.points
                seen["placed"] += 1
            session.rollback()

    play()
    # the examples are worth something: both outcomes are frequent, and every rule has spoken
    assert min(seen["placed"], seen["refused"]) >= 30
    assert seen.keys() == {
        "placed",
        "refused",
        "wrong_provider",
        "client_blocked",
        "debt_over_limit",
        "payment_method_forbidden",
        "archived",
        "group_not_allowed",
        "group_forbidden",
        "country_not_allowed",
        "limit_reached",
        "prerequisite_missing",
        "out_of_stock",
        "insufficient_points",
    }
