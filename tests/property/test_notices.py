"""Whoever reads, whatever happens: nobody is told what is shut to them."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.kernel.values.actor import Actor, ActorKind
from plugins.notices.kinds.event_notice_kinds import DECISIONS, kinds_told
from plugins.notices.kinds.known_kinds import KINDS, kinds_for
from plugins.notices.kinds.notice_event import Happening, concerns
from plugins.notices.kinds.notice_kind import Audience
from plugins.notices.store.choices import Quiet

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FUNCTIONS = sorted({function for kind in KINDS.values() for function in kind.functions})
IDS = st.integers(1, 3)
FACTS = {"action": "ask", "to": "client", "status": "paid"}


@st.composite
def readers(draw: st.DrawFn) -> Actor:
    is_client = draw(st.booleans())
    own = draw(st.frozensets(st.sampled_from(FUNCTIONS)))
    of_role = ROLE_FUNCTIONS[draw(st.sampled_from([*ClientRole]))]
    return Actor(
        kind=ActorKind.CLIENT if is_client else ActorKind.STAFF,
        user_id=draw(IDS),
        login="reader",
        name="Reader",
        language="en",
        functions=of_role if is_client else own,
        provider_ids=None if is_client else draw(st.none() | st.frozensets(IDS)),
        client_id=draw(IDS) if is_client else None,
    )


@st.composite
def happenings(draw: st.DrawFn) -> Happening:
    return Happening(
        event_id=1,
        kind=draw(st.sampled_from(sorted(DECISIONS))),
        at=AT,
        by=draw(st.sampled_from([*ActorKind])),
        user_id=draw(st.none() | IDS),
        provider_id=draw(IDS),
        client_id=draw(IDS),
        subject=("order", 1),
        order_id=1,
        to_user=draw(st.none() | IDS),
        facts={
            **FACTS,
            "action": draw(st.sampled_from(["ask", "cancel", "resume", "deadline", "deliver"])),
            "to": draw(st.sampled_from(["client", "shop"])),
        },
    )


@given(readers(), happenings())
def test_nobody_is_told_what_is_shut_to_them(reader: Actor, happening: Happening) -> None:
    for key in kinds_told(happening):
        kind = KINDS[key]
        if not concerns(kind, happening, reader):
            continue
        assert kind in kinds_for(reader)
        assert reader.functions & set(kind.functions)
        if reader.client_id is not None:
            assert kind.audience is Audience.CLIENT
            assert reader.client_id == happening.client_id
        else:
            assert kind.audience is Audience.STAFF
            assert reader.provider_ids is None or happening.provider_id in reader.provider_ids
        assert kind.is_receipt or happening.user_id != reader.user_id or kind.to_one


@given(readers())
def test_who_holds_nothing_is_told_nothing(reader: Actor) -> None:
    assert kinds_for(reader.narrowed_to(())) == []


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["Europe/Sofia", "Asia/Yekaterinburg", "America/New_York", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 (made aware below)
)
def test_quiet_hours_end_within_a_day_and_are_over_then(
    begins: int, ends: int, zone: str, naive: datetime
) -> None:
    at = naive.replace(tzinfo=UTC)
    if begins == ends:
        return
    quiet = Quiet(begins, ends, zone)
    until = quiet.until(at)
    if until is not None:
        # a day in which clocks are put back has 25 hours
        assert 0 <= (until - at).total_seconds() <= 25 * 3600
        assert quiet.until(until) is None or (until - at).total_seconds() < 3600
