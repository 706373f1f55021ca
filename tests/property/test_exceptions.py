"""H2 with exceptions: nobody gains anything by them but what two of the staff have granted.

The pure rules: what is granted takes away its own reason, of its own line, and nothing else. The
real database: switched on, with proposals for everything that nobody has approved, staff still get
for a client exactly what they get themselves.
"""

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility import LIFTABLE, eligibility
from billing_panel.catalog.rules.eligibility_facts import Basket, Granted
from billing_panel.catalog.rules.quote import quote
from billing_panel.kernel.language.errors import Refused
from plugins.orders.exceptions.exception_models import LIFE, Decision, OrderException
from tests.property.facts import TODAY, choice, client, group, named, seller, tariff
from tests.property.scenes import Scene, Stage, scenes
from tests.property.test_staff_gain_nothing import (
    STAFF,
    judged_for_the_client,
    own_actor,
    place,
    told,
    world,
)
from tests.world import World, everything_in

__all__ = ["world"]  # the fixture

RESTRICTED: dict[str, dict[str, Any]] = {
    "archived": {"archived": True},
    "group_not_allowed": {"allowed_groups": (group("vip"),)},
    "country_not_allowed": {"countries": frozenset({"RU"})},
    "limit_reached": {"per_client_limit": 0},
    "prerequisite_missing": {"requires_one_of": (named("other"),)},
    "out_of_stock": {"stock": 0},
}
OF_CLIENT: dict[str, dict[str, Any]] = {
    "client_blocked": {"blocked_reason": "fraud"},
    "debt_over_limit": {"debt": 1},
}
CODES = (*RESTRICTED, *OF_CLIENT)
grants = st.builds(
    Granted,
    tariff=st.sampled_from(("vps", "web")),
    quantity=st.integers(1, 3),
    lifted=st.none() | st.sampled_from((*CODES, "wrong_provider", "payment_method_forbidden")),
    discount_percent=st.sampled_from((Decimal(0), Decimal(5), Decimal(50))),
)


@given(
    st.sets(st.sampled_from(CODES)),
    st.lists(grants, max_size=3).map(tuple),
    st.integers(1, 3),
)
def test_what_is_granted_lifts_its_own_reason_of_its_own_line_and_no_other(
    restricted: set[str], granted: tuple[Granted, ...], quantity: int
) -> None:
    columns: dict[str, Any] = {}
    about: dict[str, Any] = {}
    for code in restricted:
        columns |= RESTRICTED.get(code, {})
        about |= OF_CLIENT.get(code, {})
    lines = [choice(tariff("vps", **columns), quantity), choice(tariff("web", **columns))]
    basket = Basket(lines)
    for line in lines:
        plain = eligibility(client(**about), line, basket)
        lifted = {
            one.lifted
            for one in granted
            if one.tariff == line.tariff.key and line.quantity <= one.quantity
        }
        kept = [r for r in plain if r.code not in lifted or r.code not in LIFTABLE]
        assert list(eligibility(client(granted=granted, **about), line, basket)) == kept


@given(st.lists(grants, max_size=3).map(tuple), st.integers(1, 3), st.sampled_from((0, 5, 20)))
def test_a_discount_is_the_groups_or_the_largest_granted_for_the_line(
    granted: tuple[Granted, ...], quantity: int, of_group: int
) -> None:
    lines = [choice(tariff("vps", 1000), quantity), choice(tariff("web", 1000))]
    buyer = client(discount_percent=Decimal(of_group), granted=granted)
    quoted = quote(lines, seller=seller(), client=buyer, day=TODAY)
    for line, wanted in zip(quoted.lines, lines, strict=True):
        own = [
            one.discount_percent
            for one in granted
            if one.tariff == wanted.tariff.key and wanted.quantity <= one.quantity
        ]
        assert line.discount == 10 * wanted.quantity * max([Decimal(of_group), *own])


def propose_everything(session: Session, world: World) -> None:
    """Each tariff for each client, each restriction: half of it open, half of it refused."""
    session.execute(update(Provider).values(exceptions_allowed=True))
    maria, owner = world.actor("maria").user_id, world.actor("owner").user_id
    at = world.clock.now()
    pairs = select(Tariff.id, Tariff.provider_id, Client.id.label("client_id")).join(Client, true())
    for number, row in enumerate(session.execute(pairs).all()):
        refused = number % 2 == 0
        session.add_all(
            OrderException(
                client_id=row.client_id,
                provider_id=row.provider_id,
                tariff_id=row.id,
                restriction=code,
                quantity=100,
                reason="A promise",
                proposed_by_id=maria,
                proposed_at=at,
                expires_at=at + LIFE,
                decision=Decision.REFUSED if refused else None,
                decided_by_id=owner if refused else None,
                decided_at=at if refused else None,
                decision_reason="",
            )
            for code in LIFTABLE
        )


def test_h2_holds_with_exceptions_switched_on_and_none_approved(
    world: World,
) -> None:
    with world.database.writing() as session:
        propose_everything(session, world)
    staff = {login: world.actor(login) for login in STAFF}
    seen: Counter[str] = Counter()

    @settings(max_examples=60)
    @given(scenes())
    def play(scene: Scene) -> None:
        with world.database.writing() as session:
            stage = Stage(session, world, scene)
            stage.set(staff["owner"])
            judgement = judged_for_the_client(
                session, stage, own_actor(session, stage, world.panel.known)
            )
            before = everything_in(session)
            outcome = place(session, stage, staff[scene.staff])
            if isinstance(outcome, Refused):
                assert set(outcome.reasons) == told(judgement) != set()
                assert everything_in(session) == before
                seen["refused"] += 1
            else:
                assert told(judgement) == set()
                assert sum(order.total for order in outcome) == judgement.total
                seen["placed"] += 1
            session.rollback()

    play()
    assert min(seen["placed"], seen["refused"]) >= 5
