"""Notices, as any plugin joins the panel."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Blueprint
from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import Database
from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FeedSource,
    Follower,
    FunctionInfo,
    News,
    PeriodicJob,
    hookimpl,
)
from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import allows
from plugins.notices.mailing.follow_notices import follow_notices
from plugins.notices.mailing.mail_kinds import mail_kinds
from plugins.notices.making.watch_deadlines import watch_deadlines
from plugins.notices.store.find_notices import MAX_COUNT, unread_count
from plugins.notices.surface.choices_page import choices
from plugins.notices.surface.client_records import NOTICE_RECORDS
from plugins.notices.surface.event_words import DEADLINE_EVENTS
from plugins.notices.surface.notice_api import api
from plugins.notices.surface.notice_checks import NOTICE_CHECKS
from plugins.notices.surface.notice_feed import KNOWN, NOTICE_FEED
from plugins.notices.surface.notices_page import notices
from plugins.notices.surface.orders_news import changed_orders, new_orders
from plugins.orders.functions import OrdersFunction


class NoticesPlugin:
    """Plugin that tells people of what concerns them, on their screens and by mail."""

    @hookimpl
    def panel_session_info(self, functions: tuple[FunctionInfo, ...]) -> Mapping[str, object]:
        return {KNOWN: frozenset(str(info.name) for info in functions)}

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (notices, choices, api.blueprint)

    @hookimpl
    def panel_news(self, session: Session, actor: Actor) -> Sequence[News]:
        found = [_news("notices.index", unread_count(session, actor))]
        if allows(actor, OrdersFunction.HISTORY_READ):
            of_staff = actor.client_id is None
            count = (new_orders if of_staff else changed_orders)(session, actor)
            found.append(_news("every_order.index" if of_staff else "orders.active", count))
        return found

    @hookimpl
    def panel_jobs(self) -> Sequence[PeriodicJob]:
        def watch(database: Database, actor: Actor, clock: Clock) -> None:
            watch_deadlines(database, actor=actor, clock=clock)

        return (PeriodicJob("notices.deadlines", 5, watch),)

    @hookimpl
    def panel_followers(self) -> Sequence[Follower]:
        def follow(database: Database, actor: Actor, clock: Clock) -> None:
            follow_notices(database, actor=actor, clock=clock)

        return (Follower("notices", follow),)

    @hookimpl
    def panel_feed_sources(self) -> Sequence[FeedSource]:
        return (NOTICE_FEED,)

    @hookimpl
    def panel_mail_kinds(self) -> Sequence[MailKind]:
        return mail_kinds()

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return (NOTICE_RECORDS,)

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return (DEADLINE_EVENTS,)

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return NOTICE_CHECKS

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


def _news(endpoint: str, count: int) -> News:
    return News(endpoint, count, most=count >= MAX_COUNT)


plugin = NoticesPlugin()
