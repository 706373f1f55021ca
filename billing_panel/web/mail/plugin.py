"""Mail, as any plugin joins the panel: kinds, the worker's part, pages, words for the log."""

from collections.abc import Mapping, Sequence

from flask import Blueprint

from billing_panel.kernel.extension.gateways import Gateway
from billing_panel.kernel.extension.hooks import (
    ClientRecords,
    EventReader,
    Follower,
    NavigationEntry,
    PeriodicJob,
    hookimpl,
)
from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.mail.accounts.account_kinds import ACCOUNT_KINDS
from billing_panel.mail.accounts.account_letters import POSTING, SKIPPING
from billing_panel.mail.letter_records import LETTER_RECORDS
from billing_panel.mail.mail_events import MAIL_EVENTS
from billing_panel.mail.sending.send_letters import SENDING
from billing_panel.web.mail.outbox_pages import outbox
from billing_panel.web.mail.text_pages import mail_texts
from billing_panel.web.shell.route_access import may_open

PLACES = (
    NavigationEntry(text("Mail"), "mail_texts.first", "mail", settings=True),
    NavigationEntry(text("Outbox"), "outbox.index", "send", settings=True),
)


class MailPlugin:
    """Plugin that brings mail: letters, their texts, and the page of those that were sent."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (outbox, mail_texts)

    @hookimpl
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        if actor.client_id is not None:
            return ()
        return [entry for entry in PLACES if may_open(entry.endpoint)]

    @hookimpl
    def panel_followers(self) -> Sequence[Follower]:
        return (POSTING, SENDING)

    @hookimpl
    def panel_jobs(self, gateways: Mapping[str, Gateway]) -> Sequence[PeriodicJob]:  # noqa: ARG002
        return (SKIPPING,)

    @hookimpl(tryfirst=True)
    def panel_mail_kinds(self) -> Sequence[MailKind]:
        return ACCOUNT_KINDS

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return (MAIL_EVENTS,)

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return (LETTER_RECORDS,)


plugin = MailPlugin()
