"""Posting what waits over a few connections, so that a slow receiver holds up no other."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom

from sqlalchemy.orm import Session
from standardwebhooks import Webhook
from typing_extensions import override

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.encrypted_secrets import SealBroken
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.extension.sending_round import SendingRound
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.webhooks.delivering.delivery_attempts import (
    NOT_TOLD,
    Claimed,
    Outcome,
    claim,
    conclude,
    is_anything_due,
)
from plugins.webhooks.delivering.event_payload import (
    Payload,
    is_told,
    payload_of,
    payload_of_test,
    read_happened,
)
from plugins.webhooks.delivering.post_request import Reach, post
from plugins.webhooks.endpoints.endpoint_secrets import opened_secrets
from plugins.webhooks.endpoints.receiver_address import BadReceiver, Receiver, read_receiver
from plugins.webhooks.store.find_endpoints import whose
from plugins.webhooks.store.models import DeliveryState, Endpoint
from plugins.webhooks.webhook_settings import WebhookSettings, webhook_settings

log = logger()


@dataclass(frozen=True)
class Composed:
    """A webhook ready to be posted."""

    receiver: Receiver
    body: str
    secrets: list[str]


@dataclass(frozen=True)
class Sending:
    """``actor``: the system, by whom endpoints are switched off."""

    settings: WebhookSettings
    actor: Actor
    clock: Clock
    reach: Reach


@slow
def send_deliveries(database: Database, sending: Sending) -> Counter[str]:
    """Try every delivery that is due, once; how many ended in which state. Raises Unavailable.

    What becomes due meanwhile is sent too, while a slow receiver still keeps its connection.
    """
    with database.reading() as session:
        if not is_anything_due(session, at=sending.clock.now()):
            return Counter()
    return asyncio.run(_Round(database=database, clock=sending.clock, sending=sending).go())


@dataclass(kw_only=True)
class _Round(SendingRound[Claimed, int]):
    sending: Sending

    @override
    def is_due(self, session: Session) -> bool:
        return is_anything_due(session, at=self.clock.now())

    @override
    def claimed(self, session: Session, most: int, busy: Counter[int]) -> Sequence[Claimed]:
        return claim(session, self.claim, at=self.clock.now(), most=most, busy=busy)

    @override
    def lane_of(self, claimed: Claimed) -> int:
        return claimed.endpoint_id

    @override
    async def try_one(self, claimed: Claimed) -> None:
        outcome = await self._outcome(claimed)
        actor, spread = self.sending.actor, SystemRandom().random()
        state = await self.written(
            lambda session: conclude(
                session, claimed, outcome, actor=actor, clock=self.clock, spread=spread
            )
        )
        self.ended[state or "gone"] += 1
        if state is not DeliveryState.DELIVERED:
            log.info(
                "webhook_not_delivered",
                delivery=claimed.id,
                state=state,
                problem=outcome.problem,
                status=outcome.status,
            )

    async def _outcome(self, tried: Claimed) -> Outcome:
        composed = await asyncio.to_thread(self._compose, tried)
        if isinstance(composed, Outcome):
            return composed
        headers = signed(composed, tried.message_id, self.clock)
        return await post(composed.receiver, headers, composed.body.encode(), self.sending.reach)

    def _compose(self, tried: Claimed) -> Composed | Outcome:
        try:
            with self.database.reading() as session:
                return compose(session, tried, self.sending)
        except SealBroken:
            return Outcome("secret_gone")
        except BadReceiver:
            # what the installation allows has changed since it was saved
            return Outcome("not_public")
        except Unavailable:
            raise
        except Exception:
            # a mistake of ours in one delivery keeps no other from being sent
            log.exception("webhook_not_composed", delivery=tried.id)
            return Outcome("not_composed")


def compose(session: Session, tried: Claimed, sending: Sending) -> Composed | Outcome:
    """What is posted now, judged again. Raises SealBroken, BadReceiver."""
    endpoint = session.get(Endpoint, tried.endpoint_id)
    payload = None if endpoint is None else told_payload(session, endpoint, tried)
    if endpoint is None or payload is None:
        return Outcome(NOT_TOLD)
    settings, now = sending.settings, sending.clock.now()
    return Composed(
        read_receiver(endpoint.url, settings.allowed),
        payload.model_dump_json(),
        opened_secrets(session, endpoint.id, settings.seal, at=now),
    )


def told_payload(session: Session, endpoint: Endpoint, tried: Claimed) -> Payload | None:
    """None: whoever saved the endpoint may not know of the event any more."""
    if tried.event_id is None:
        return payload_of_test(tried.at)
    saver = whose(session, endpoint)
    happened = read_happened(session, [tried.event_id])
    told = is_told(session, endpoint, saver, happened) if saver else ()
    return payload_of(endpoint, told[0]) if told else None


def signed(composed: Composed, message_id: str, clock: Clock) -> dict[str, str]:
    """The headers, with a signature by each secret that is good (Standard Webhooks)."""
    now = clock.now()
    signatures = [Webhook(one).sign(message_id, now, composed.body) for one in composed.secrets]
    return {
        "content-type": "application/json",
        "user-agent": "billing-panel",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def send_waiting(database: Database, *, config: Config, actor: Actor, clock: Clock) -> None:
    """Send as the installation is configured. Raises ConfigError, Unavailable."""
    settings = webhook_settings(config)
    reach = Reach(settings.allowed)
    send_deliveries(database, Sending(settings, actor, clock, reach))
