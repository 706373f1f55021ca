"""Mail, as any plugin joins the panel: kinds, the worker's part, pages, words for the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.background_work import Follower, PeriodicJob
from billing_panel.kernel.extension.hooks import (
    ClientRecords,
    EventReader,
    NavigationEntry,
    hookimpl,
)
from billing_panel.kernel.process.lazy_imports import Named, named

if TYPE_CHECKING:
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from billing_panel.kernel.extension.gateways import Gateway
    from billing_panel.kernel.extension.home_parts import HomePart
    from billing_panel.kernel.extension.mail_kinds import MailKind
    from billing_panel.kernel.values.actor import Actor

PLACES: Named[Callable[[Actor], Sequence[NavigationEntry]]] = Named(
    "billing_panel.web.mail.menu:places"
)
HOME_PARTS: Named[Callable[[Session, Actor], Sequence[HomePart]]] = Named(
    "billing_panel.web.mail.failed_mail_on_home:failed_mail"
)
ACCOUNT_KINDS: Named[Sequence[MailKind]] = Named(
    "billing_panel.mail.accounts.account_mail_kinds:ACCOUNT_KINDS"
)


class MailPlugin:
    """Plugin that brings mail: letters, their texts, and the page of those that were sent."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "billing_panel.web.mail.outbox_pages:outbox",
            "billing_panel.web.mail.text_pages:mail_texts",
        )

    @hookimpl
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        return PLACES()(actor)

    @hookimpl
    def panel_home_parts(self, session: Session, actor: Actor) -> Sequence[HomePart]:
        return HOME_PARTS()(session, actor)

    @hookimpl
    def panel_followers(self) -> Sequence[Follower]:
        return named(
            "billing_panel.mail.accounts.account_letters:POSTING",
            "billing_panel.mail.sending.send_letters:SENDING",
        )

    @hookimpl
    def panel_jobs(self, gateways: Mapping[str, Gateway]) -> Sequence[PeriodicJob]:  # noqa: ARG002
        return named(
            "billing_panel.mail.accounts.account_letters:SKIPPING",
            "billing_panel.mail.answers.take_in_replies:TAKING",
        )

    @hookimpl(tryfirst=True)
    def panel_mail_kinds(self) -> Sequence[MailKind]:
        return ACCOUNT_KINDS()

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named("billing_panel.mail.mail_event_wording:MAIL_EVENTS")

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named("billing_panel.mail.letter_personal_data:LETTER_RECORDS")


plugin = MailPlugin()
