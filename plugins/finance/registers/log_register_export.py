"""Who took a register as a file: an entry in the sealed log for each provider of its books."""

from sqlalchemy.orm import Session

from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.finance.registers.register import Asked, Register

EXPORTED = "register.exported"


def log_export(
    session: Session, register: Register, asked: Asked, kind: str, *, actor: Actor, clock: Clock
) -> None:
    """``kind``: csv or xlsx. Written before anything is sent."""
    days = {"from": asked.days.first, "to": asked.days.last}
    facts = {name: day.isoformat() for name, day in days.items() if day is not None}
    account = {} if asked.account is None else {"account": asked.account.value}
    for provider in asked.providers:
        record(
            session,
            EXPORTED,
            actor=actor,
            at=clock.now(),
            subject=("provider", provider.id),
            provider_id=provider.id,
            facts={"register": register.key, "file": kind, **facts, **account},
        )
