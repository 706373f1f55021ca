"""Notices for their reader: one sentence each, and a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import told
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import Actor
from plugins.notices.kinds.known_kinds import KINDS
from plugins.notices.store.find_notices import NoticeRow
from plugins.notices.wording.load_notice_facts import facts_by_event
from plugins.notices.wording.sentences import place_of, said


@dataclass(frozen=True)
class SaidNotice:
    """``address``: the page it leads to. ``provider``: whose business it is about."""

    id: int
    kind: str
    title: str
    address: str
    provider: str
    at: datetime
    is_new: bool
    sound: bool
    desktop: bool


def say_notices(
    session: Session, rows: Sequence[NoticeRow], actor: Actor, language: str
) -> list[SaidNotice]:
    """Each of ``rows``, in their order; however many they are, the same few statements."""
    facts = facts_by_event(session, {row.event_id for row in rows}) if rows else {}
    return [
        SaidNotice(
            id=row.id,
            kind=row.kind,
            title=say(told(said(row.kind, facts[row.event_id], actor), actor), language),
            address=place_of(row.kind, facts[row.event_id]),
            provider=facts[row.event_id].provider,
            at=row.at,
            is_new=row.read_at is None,
            sound=row.sound,
            desktop=row.desktop,
        )
        for row in rows
        if row.kind in KINDS
    ]
