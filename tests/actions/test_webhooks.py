"""Webhooks: what is told to whom, in order, again and again, and to which addresses."""

import asyncio
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.language.errors import FunctionNotHeld, Invalid, NotFound, Refused
from billing_panel.kernel.tables.event_log import Event
from plugins.messages.correspondence.write_message import Topic, WriteMessage, write_message
from plugins.webhooks.delivering.delivery_attempts import CLAIMED_FOR, claim
from plugins.webhooks.delivering.forget_old_deliveries import KEPT, forget_old_deliveries
from plugins.webhooks.delivering.post_request import post
from plugins.webhooks.delivering.replay_deliveries import replay, replay_all, send_test
from plugins.webhooks.delivering.retry_schedule import DELAYS, OFF_AFTER
from plugins.webhooks.delivering.send_deliveries import Composed, Sending, compose, signed
from plugins.webhooks.endpoints.change_endpoint import (
    EndpointDetails,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    endpoint_details,
    replace_secret,
)
from plugins.webhooks.endpoints.endpoint_secrets import OVERLAP, opened_secrets
from plugins.webhooks.store.find_endpoints import find_endpoint
from plugins.webhooks.store.models import DeliveryState, EndpointSecret, OffReason
from tests.webhook_receiver import Hooks, Receiver, certified, receiving
from tests.world import World, hold_only, line

EVERY_ORDER = ("order.placed", "order.moved", "document.issued")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hooks(world: World) -> Hooks:
    return Hooks(world)


def place(world: World, client: str = "stoyanova", by: str = "owner") -> int:
    (order,) = world.place(by, world.order(client, line("web-start", "1 month")))
    return order.id


def later(world: World, step: timedelta) -> None:
    world.clock.at += step


# --- what is told -------------------------------------------------------------------------------


def test_an_event_is_posted_as_a_few_names_and_signed(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url("/hooks?from=panel"), "order.placed")
    order_id = place(hooks.world)
    assert hooks.follow() == {"delivered": 1}

    (got,) = receiver.got
    body = json.loads(got.body)
    with hooks.world.database.reading() as session:
        event = session.scalars(
            select(Event).filter_by(kind="order.placed").order_by(Event.id.desc())
        ).first()
    assert event is not None
    assert got.path == "/hooks?from=panel"
    assert body["type"] == "order.placed"
    assert body["data"] == {
        "id": event.id,
        "at": event.at.isoformat(),
        "kind": "order.placed",
        "provider": "nordvik",
        "client": {"id": hooks.world.client_id("stoyanova")},
        "subject": {"kind": "order", "id": order_id},
        "order": {"id": order_id, "number": str(order_id + 10_000)},
    }
    moment = int(hooks.world.clock.now().timestamp())
    assert got.headers["webhook-timestamp"] == str(moment)
    expected = Webhook(made.secret).sign(
        got.headers["webhook-id"], hooks.world.clock.now(), got.body.decode()
    )
    assert got.headers["webhook-signature"] == expected
    (attempt,) = hooks.attempts()
    assert (attempt.status, attempt.problem) == (200, None)


def test_what_is_signed_is_verified_by_openssl_and_a_changed_byte_is_not(
    hooks: Hooks, receiver: Receiver
) -> None:
    """The scheme by hand: HMAC-SHA256 over id.timestamp.body, keyed by the decoded secret."""
    made = hooks.add(receiver.url())
    place(hooks.world)
    hooks.follow()
    (got,) = receiver.got

    def by_openssl(body: bytes) -> str:
        key = subprocess.run(
            ["openssl", "base64", "-d", "-A"],
            input=made.secret.removeprefix("whsec_").encode(),
            capture_output=True,
            check=True,
        ).stdout.hex()
        signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + body
        digest = subprocess.run(
            ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key}", "-binary"],
            input=signed,
            capture_output=True,
            check=True,
        ).stdout
        return (
            "v1,"
            + subprocess.run(
                ["openssl", "base64", "-A"], input=digest, capture_output=True, check=True
            ).stdout.decode()
        )

    assert got.headers["webhook-signature"] == by_openssl(got.body)
    assert got.headers["webhook-signature"] != by_openssl(got.body + b" ")


def test_only_chosen_kinds_of_the_provider_and_from_now_on_are_told(
    hooks: Hooks, receiver: Receiver
) -> None:
    with hooks.world.database.reading() as session:
        other = session.scalars(select(Provider.key).where(Provider.key != "nordvik")).first()
    assert other is not None
    place(hooks.world)
    hooks.add(receiver.url(), "order.placed")
    hooks.add(receiver.url("/other"), "order.placed", provider=other)
    assert hooks.follow() == {}
    order_id = place(hooks.world)
    hooks.follow()
    assert [json.loads(one.body)["data"]["subject"]["id"] for one in receiver.got] == [order_id]
    assert [one.path for one in receiver.got] == ["/hooks"]


def test_an_endpoint_receives_no_more_than_whoever_saved_it_may_see(
    hooks: Hooks, receiver: Receiver
) -> None:
    """Judged when it happens, and again when it is delivered."""
    world = hooks.world
    hold_only(world, "georgi", "webhooks:endpoint:change", "catalog:tariff:read")
    hooks.add(receiver.url(), "order.placed", by="georgi")
    place(world)
    assert hooks.follow() == {}

    hold_only(world, "georgi", "webhooks:endpoint:change", "orders:history:read")
    place(world)
    assert hooks.queue() == 1
    hold_only(world, "georgi", "webhooks:endpoint:change")
    assert hooks.send() == {"withheld": 1}
    assert (receiver.got, list(hooks.attempts())) == ([], [])


def test_a_token_s_endpoint_receives_no_more_than_the_token_lets_see(
    hooks: Hooks, receiver: Receiver
) -> None:
    world = hooks.world
    narrow = world.actor("owner").narrowed_to(["webhooks:endpoint:change"])
    made = hooks.add(receiver.url())
    with world.database.writing() as session:
        now = endpoint_details(find_endpoint(session, narrow, made.endpoint_id))
        change_endpoint(
            session,
            made.endpoint_id,
            replace(now, title="By a token"),
            settings=hooks.settings,
            actor=narrow,
            clock=world.clock,
        )
    place(world)
    assert hooks.follow() == {}


def test_what_a_token_with_all_of_today_saves_is_bounded_by_today(
    hooks: Hooks, receiver: Receiver
) -> None:
    """What its owner is given later is none of the token's."""
    world = hooks.world
    hold_only(world, "georgi", "webhooks:endpoint:change")
    narrow = world.actor("georgi").narrowed_to(["webhooks:endpoint:change"])
    details = EndpointDetails("By a token", receiver.url(), ["order.placed"])
    with world.database.writing() as session:
        create_endpoint(
            session,
            "nordvik",
            details,
            settings=hooks.settings,
            actor=narrow,
            clock=world.clock,
        )
    hold_only(world, "georgi", "webhooks:endpoint:change", "orders:history:read")
    place(world)
    assert hooks.follow() == {}


def test_internal_notes_are_an_event_without_a_word_of_theirs(
    hooks: Hooks, receiver: Receiver
) -> None:
    world = hooks.world
    hooks.add(receiver.url(), "note.written")
    order_id = place(world)
    note = WriteMessage(Topic(order_id=order_id), "A canary of a note", internal=True)
    with world.database.writing() as session:
        write_message(session, note, actor=world.actor("owner"), clock=world.clock)
    assert hooks.follow() == {"delivered": 1}
    assert b"canary" not in receiver.got[0].body
    assert json.loads(receiver.got[0].body)["data"]["order"]["id"] == order_id


def test_an_endpoint_of_somebody_who_left_is_switched_off(hooks: Hooks, receiver: Receiver) -> None:
    world = hooks.world
    hold_only(world, "georgi", "webhooks:endpoint:change", "orders:history:read")
    made = hooks.add(receiver.url(), by="georgi")
    world.change(User, {"login": "georgi"}, disabled_at=world.clock.now())
    place(world)
    assert hooks.follow() == {}
    assert hooks.endpoint(made.endpoint_id).off_reason is OffReason.PERSON
    assert receiver.got == []
    assert hooks.queue() == 0


# --- order, repeats -----------------------------------------------------------------------------


def test_what_happens_to_an_order_is_told_in_its_order_and_another_is_not_held_up(
    hooks: Hooks, receiver: Receiver
) -> None:
    hooks.add(receiver.url(), *EVERY_ORDER)
    first = place(hooks.world)
    hooks.queue()
    mine = [one.message_id for one in hooks.deliveries()]
    assert len(mine) > 1
    receiver.next_answers(500)
    assert hooks.send() == {"waiting": 1}
    second = place(hooks.world)
    hooks.follow()
    orders = [json.loads(one.body)["data"]["order"]["id"] for one in receiver.got]
    assert orders == [first, *[second] * len(mine)]

    later(hooks.world, DELAYS[0] * 2)
    assert hooks.send() == {"delivered": len(mine)}
    of_first = [
        one.headers["webhook-id"]
        for one in receiver.got
        if json.loads(one.body)["data"]["order"]["id"] == first
    ]
    # the first came twice under one id, and then the others
    assert of_first == [mine[0], *mine]


def test_a_worker_killed_after_it_sent_sends_again_under_the_same_id(
    hooks: Hooks, receiver: Receiver
) -> None:
    """What it had claimed is free again when its claim ends; until then the next one waits."""
    hooks.add(receiver.url(), *EVERY_ORDER)
    place(hooks.world)
    hooks.queue()
    receiver.hold = Signal()
    killed = Thread(target=_die_after_sending, args=(hooks,))
    killed.start()
    assert receiver.arrived.wait(10)
    assert hooks.send() == {}
    later(hooks.world, CLAIMED_FOR * 2)
    receiver.hold.set()
    killed.join()
    receiver.hold = None
    ids = [one.message_id for one in hooks.deliveries()]
    hooks.send()
    assert receiver.ids == [ids[0], *ids]
    assert {one.state for one in hooks.deliveries()} == {DeliveryState.DELIVERED}


def _die_after_sending(hooks: Hooks) -> None:
    """A worker that sent, and wrote nothing of it down: it took the claim and is gone."""
    world = hooks.world
    with world.database.writing() as session:
        (first, *_) = claim(session, "killed", at=world.clock.now(), most=1, busy={})
    sending = Sending(hooks.settings, world.actor("owner"), world.clock, hooks.reach)
    with world.database.reading() as session:
        composed = compose(session, first, sending)
    assert isinstance(composed, Composed)
    headers = signed(composed, first.message_id, world.clock)
    asyncio.run(post(composed.receiver, headers, composed.body.encode(), hooks.reach))


def test_two_workers_make_each_delivery_once(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url(), *EVERY_ORDER)
    for _ in range(3):
        place(hooks.world)
    workers = [Thread(target=hooks.follow) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    hooks.follow()
    assert len(set(receiver.ids)) == len(receiver.ids) == len(hooks.deliveries())


# --- failing, giving up, switching off ----------------------------------------------------------


def test_what_fails_is_tried_for_three_days_and_then_given_up_until_somebody_replays_it(
    hooks: Hooks, receiver: Receiver
) -> None:
    world = hooks.world
    made = hooks.add(receiver.url())
    place(world)
    hooks.queue()
    begun = world.clock.now()
    receiver.next_answers(*[500] * (len(DELAYS) + 1))
    for delay in DELAYS:
        assert hooks.send() == {"waiting": 1}
        assert hooks.send() == {}
        later(world, delay * 1.2)
    assert hooks.send() == {"dead": 1}
    assert timedelta(days=3) < world.clock.now() - begun < timedelta(days=4)
    assert [one.status for one in hooks.attempts()] == [500] * (len(DELAYS) + 1)
    assert hooks.send() == {}

    with world.database.writing() as session:
        owner, clock = world.actor("owner"), world.clock
        assert replay_all(session, made.endpoint_id, actor=owner, clock=clock) == 1
    assert hooks.send() == {"delivered": 1}
    assert len(set(receiver.ids)) == 1


def test_an_endpoint_at_which_nothing_arrives_for_days_is_switched_off_and_told_of(
    hooks: Hooks, receiver: Receiver
) -> None:
    world = hooks.world
    made = hooks.add(receiver.url())
    receiver.next_answers(*[503] * 100)
    place(world)
    hooks.queue()
    while hooks.endpoint(made.endpoint_id).off_at is None:
        before = world.clock.now()
        hooks.send()
        later(world, timedelta(hours=6))
        assert world.clock.now() - before < OFF_AFTER
        if not [one for one in hooks.deliveries() if one.state is DeliveryState.WAITING]:
            place(world)
            hooks.queue()
    endpoint = hooks.endpoint(made.endpoint_id)
    assert endpoint.off_reason is OffReason.FAILING
    assert endpoint.off_at is not None
    assert endpoint.failing_since is not None
    assert endpoint.off_at - endpoint.failing_since >= OFF_AFTER
    number = len(receiver.got)
    place(world)
    assert hooks.follow() == {}
    assert len(receiver.got) == number
    with world.database.reading() as session:
        told = session.scalars(select(Event).filter_by(kind="webhook.switched_off")).one()
    assert told.facts == {"title": "CRM", "reason": "failing"}


def test_a_receiver_that_is_gone_is_switched_off_at_once(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url(), *EVERY_ORDER)
    receiver.next_answers(410)
    place(hooks.world)
    assert hooks.follow() == {"dead": 1}
    assert hooks.endpoint(made.endpoint_id).off_reason is OffReason.GONE
    assert {one.state for one in hooks.deliveries()} == {DeliveryState.DEAD}
    with hooks.world.database.writing() as session, pytest.raises(Refused) as refused:
        send_test(
            session, made.endpoint_id, actor=hooks.world.actor("owner"), clock=hooks.world.clock
        )
    assert refused.value.code == "webhook_off"


def test_a_receiver_that_asks_for_time_is_left_alone_so_long(
    hooks: Hooks, receiver: Receiver
) -> None:
    hooks.add(receiver.url())
    receiver.answers.append((429, {"retry-after": "7200"}, b"slow down"))
    place(hooks.world)
    assert hooks.follow() == {"waiting": 1}
    (waiting,) = hooks.deliveries()
    assert waiting.due_at == hooks.world.clock.now() + timedelta(hours=2)
    assert hooks.attempts()[0].answer == "slow down"


def test_a_redirect_is_not_followed(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url())
    receiver.answers.append((307, {"location": receiver.url("/elsewhere")}, b""))
    place(hooks.world)
    assert hooks.follow() == {"waiting": 1}
    assert [one.path for one in receiver.got] == ["/hooks"]
    assert hooks.attempts()[0].problem == "redirected"


def test_a_receiver_that_is_slow_or_down_holds_up_no_other(
    hooks: Hooks, receiver: Receiver
) -> None:
    with receiving() as down:
        hooks.add(down.url())
    with receiving() as slow:
        slow.hold = Signal()
        hooks.add(slow.url())
        hooks.add(receiver.url())
        place(hooks.world)
        hooks.queue()
        assert hooks.send(replace(hooks.reach, seconds=0.5)) == {"delivered": 1, "waiting": 2}
    assert {one.problem for one in hooks.attempts()} == {None, "too_slow", "unreachable"}


def test_no_more_of_an_answer_is_kept_than_tells_what_is_wrong(
    hooks: Hooks, receiver: Receiver
) -> None:
    hooks.add(receiver.url())
    receiver.answers.append((500, {}, b"\0x" * 1_000_000))
    place(hooks.world)
    assert hooks.follow() == {"waiting": 1}
    (attempt,) = hooks.attempts()
    assert set(attempt.answer) == {"x"}
    assert len(attempt.answer) <= 1000


# --- addresses ----------------------------------------------------------------------------------


def test_a_name_that_leads_to_a_private_address_is_refused_without_a_connection(
    hooks: Hooks, receiver: Receiver
) -> None:
    async def private(_host: str, _port: int) -> Sequence[str]:
        return ["93.184.216.34", "127.0.0.1"]

    hooks.add("https://receiver.example.com/hooks")
    place(hooks.world)
    hooks.queue()
    hooks.send(replace(hooks.reach, allowed=(), resolve=private))
    assert hooks.attempts()[0].problem == "not_public"
    assert receiver.got == []


def test_a_name_is_asked_once_and_what_it_says_the_next_time_reaches_nobody(
    hooks: Hooks, receiver: Receiver
) -> None:
    """Rebinding: the second answer, which would be judged by nobody, is never asked for."""
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    hooks.add(receiver.url(host="rebinding.example.com"))
    place(hooks.world)
    hooks.queue()
    assert hooks.send(replace(hooks.reach, resolve=rebinding)) == {"delivered": 1}
    assert asked == ["rebinding.example.com"]
    assert receiver.got[0].headers["host"] == f"rebinding.example.com:{receiver.port}"


def test_https_asks_for_the_name_at_the_address_that_was_judged(
    hooks: Hooks, tmp_path: Path
) -> None:
    async def here(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    speaks, trusts = certified("receiver.example.com", tmp_path)
    reach = replace(hooks.reach, resolve=here, tls=lambda: trusts)
    with receiving(speaks) as receiver:
        for name in ("receiver.example.com", "other.example.com"):
            hooks.add(f"https://{name}:{receiver.port}/hooks")
        place(hooks.world)
        hooks.queue()
        assert hooks.send(reach) == {"delivered": 1, "waiting": 1}
    assert {one.problem for one in hooks.attempts()} == {None, "not_secure"}
    assert len(receiver.got) == 1


def test_plain_http_goes_to_networks_of_one_s_own_alone(hooks: Hooks) -> None:
    async def public(_host: str, _port: int) -> Sequence[str]:
        return ["93.184.216.34"]

    hooks.add("http://receiver.example.com/hooks")
    place(hooks.world)
    hooks.queue()
    hooks.send(replace(hooks.reach, resolve=public))
    assert hooks.attempts()[0].problem == "not_secure"


# --- endpoints, secrets -------------------------------------------------------------------------


def test_a_replaced_secret_signs_for_a_day_beside_the_new_one(
    hooks: Hooks, receiver: Receiver
) -> None:
    world = hooks.world
    old = hooks.add(receiver.url())
    with world.database.writing() as session:
        new = replace_secret(
            session,
            old.endpoint_id,
            settings=hooks.settings,
            actor=world.actor("owner"),
            clock=world.clock,
        )
    assert old.secret != new.secret
    for good, step in (([new.secret, old.secret], OVERLAP), ([new.secret], timedelta(0))):
        place(world)
        hooks.follow()
        got = receiver.got[-1]
        signed = [
            Webhook(one).sign(got.headers["webhook-id"], world.clock.now(), got.body.decode())
            for one in good
        ]
        assert got.headers["webhook-signature"].split(" ") == signed
        later(world, step)


def test_no_secret_is_found_in_the_database(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url())
    bare = made.secret.removeprefix("whsec_")
    assert bare not in repr(hooks.world.everything())
    with hooks.world.database.reading() as session:
        now = hooks.world.clock.now()
        kept = opened_secrets(session, made.endpoint_id, hooks.settings.seal, at=now)
        assert kept == [made.secret]
        assert session.scalars(select(EndpointSecret.sealed)).one() != made.secret


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"),
        ({"url": "https://10.0.0.1/hooks"}, "url"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["order.eaten"]}, "kinds"),
        ({"kinds": ["user.signed_in"]}, "kinds"),
        ({"kinds": ["webhook.changed"]}, "kinds"),
    ],
)
def test_a_wrong_endpoint_is_refused_and_nothing_changes(
    hooks: Hooks, changed: dict[str, object], field: str
) -> None:
    world = hooks.world
    made = hooks.add("https://crm.example.com/hooks")
    before = world.everything()
    good = EndpointDetails("CRM", "https://crm.example.com/hooks", ["order.placed"])
    actor = world.actor("owner")
    with world.database.writing() as session, pytest.raises(Invalid) as refused:
        change_endpoint(
            session,
            made.endpoint_id,
            replace(good, **changed),  # type: ignore[arg-type]
            settings=hooks.settings,
            actor=actor,
            clock=world.clock,
        )
    assert [error.field for error in refused.value.errors] == [field]
    assert world.everything() == before


def test_without_the_function_or_the_provider_there_is_no_endpoint(hooks: Hooks) -> None:
    world = hooks.world
    made = hooks.add("https://crm.example.com/hooks")
    before = world.everything()
    hold_only(world, "georgi", "webhooks:endpoint:read")
    stranger = world.actor("stoyanova")
    reader = world.actor("georgi")
    foreign = replace(world.actor("owner"), provider_ids=frozenset())
    for actor, error in (
        (stranger, FunctionNotHeld),
        (reader, FunctionNotHeld),
        (foreign, NotFound),
    ):
        with world.database.writing() as session, pytest.raises(error):
            delete_endpoint(session, made.endpoint_id, actor=actor, clock=world.clock)
    hold_only(world, "georgi")
    with world.database.reading() as session, pytest.raises(FunctionNotHeld):
        find_endpoint(session, world.actor("georgi"), made.endpoint_id)
    after = world.everything()
    for tables in (before, after):
        tables.pop("staff_function")
    assert after == before


def test_what_ended_a_month_ago_is_deleted_and_one_can_be_replayed_until_then(
    hooks: Hooks, receiver: Receiver
) -> None:
    world = hooks.world
    made = hooks.add(receiver.url())
    place(world)
    hooks.follow()
    (delivery,) = hooks.deliveries()
    later(world, KEPT)
    assert forget_old_deliveries(world.database, world.actor("owner"), world.clock) == 0
    with world.database.writing() as session:
        owner, clock = world.actor("owner"), world.clock
        replay(session, made.endpoint_id, delivery.id, actor=owner, clock=clock)
    hooks.send()
    assert receiver.ids == [delivery.message_id] * 2
    later(world, KEPT + timedelta(seconds=1))
    assert forget_old_deliveries(world.database, world.actor("owner"), world.clock) == 1
    assert (list(hooks.deliveries()), list(hooks.attempts())) == ([], [])


def test_a_deleted_endpoint_takes_its_deliveries_with_it(hooks: Hooks, receiver: Receiver) -> None:
    world = hooks.world
    made = hooks.add(receiver.url())
    place(world)
    hooks.follow()
    with world.database.writing() as session:
        delete_endpoint(session, made.endpoint_id, actor=world.actor("owner"), clock=world.clock)
    rows = world.everything()
    gone = ("webhook_endpoint", "webhook_secret", "webhook_delivery", "webhook_attempt")
    assert [rows[name] for name in gone] == [[]] * 4


def test_the_library_refuses_what_was_tampered_with(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url())
    place(hooks.world)
    hooks.follow()
    (got,) = receiver.got
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(got.body + b" ", got.headers)
