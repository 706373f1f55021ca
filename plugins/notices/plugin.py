"""Notices, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.background_work import Follower, PeriodicJob
from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    hookimpl,
)
from billing_panel.kernel.extension.menu_counts import Counting
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.lazy_imports import Named, named
from plugins.notices.session_info_keys import KNOWN

if TYPE_CHECKING:
    from flask import Blueprint

    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.extension.feed_sources import FeedSource
    from billing_panel.kernel.extension.mail_kinds import MailKind
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock
    from plugins.orders.store.order_extensions import OrderExtension

NEWS: Named[Callable[[Actor], Iterable[Counting]]] = Named(
    "plugins.notices.surface.menu_news:menu_news"
)
WATCH: Named[Callable[..., object]] = Named(
    "plugins.notices.making.log_near_deadlines:watch_deadlines"
)
FOLLOW: Named[Callable[..., object]] = Named(
    "plugins.notices.mailing.make_and_mail_notices:follow_notices"
)
MAIL_KINDS: Named[Callable[[], Sequence[MailKind]]] = Named(
    "plugins.notices.mailing.mail_kinds:mail_kinds"
)
LETTERS_OF_ORDERS: Named[OrderExtension] = Named(
    "plugins.notices.surface.preview_step_emails:LETTERS_OF_ORDERS"
)
CHECKS: Named[Sequence[Check]] = Named("plugins.notices.surface.notice_checks:NOTICE_CHECKS")


class NoticesPlugin:
    """Plugin that tells people of what concerns them, on their screens and by mail."""

    @hookimpl
    def panel_session_info(self, functions: tuple[FunctionInfo, ...]) -> Mapping[str, object]:
        return {KNOWN: frozenset(str(info.name) for info in functions)}

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "plugins.notices.surface.notices_page:notices",
            "plugins.notices.surface.choices_page:choices",
            "plugins.notices.surface.notice_api:api.blueprint",
            "plugins.notices.surface.choices_api:api.blueprint",
        )

    @hookimpl
    def panel_tables(self) -> Sequence[str]:
        return ("plugins.notices.store.models",)

    @hookimpl
    def panel_news(self, actor: Actor) -> Sequence[Counting]:
        return tuple(NEWS()(actor))

    @hookimpl
    def panel_jobs(self) -> Sequence[PeriodicJob]:
        def watch(database: Database, actor: Actor, clock: Clock) -> None:
            WATCH()(database, actor=actor, clock=clock)

        return (
            PeriodicJob(
                "notices.deadlines", text("Sending reminders of deadlines and bills"), 5, watch
            ),
        )

    @hookimpl
    def panel_followers(self) -> Sequence[Follower]:
        def follow(database: Database, actor: Actor, clock: Clock) -> None:
            FOLLOW()(database, actor=actor, clock=clock)

        return (Follower("notices", text("Writing notices"), follow),)

    @hookimpl
    def panel_feed_sources(self) -> Sequence[FeedSource]:
        return named("plugins.notices.surface.live_notices:NOTICE_FEED")

    @hookimpl
    def panel_mail_kinds(self) -> Sequence[MailKind]:
        return MAIL_KINDS()()

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named("plugins.notices.surface.notice_personal_data:NOTICE_RECORDS")

    @hookimpl
    def orders_extension(self) -> OrderExtension:
        return LETTERS_OF_ORDERS()

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named("plugins.notices.surface.deadline_event_wording:DEADLINE_EVENTS")

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return CHECKS()

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


plugin = NoticesPlugin()
