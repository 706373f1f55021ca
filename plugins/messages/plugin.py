"""Correspondence, as any plugin joins the panel."""

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    NavigationEntry,
    News,
    PagePart,
    hookimpl,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.route_access import may_open
from permissions.guard import allows
from plugins.messages.automatic.order_entries import MESSAGE, MESSAGE_FIELD
from plugins.messages.functions import MESSAGES_FUNCTIONS, MessagesFunction
from plugins.messages.store.find_dialogues import MAX_COUNT, new_dialogues
from plugins.messages.surface.client_records import MESSAGE_RECORDS
from plugins.messages.surface.dialogue_pages import messages
from plugins.messages.surface.event_words import MESSAGE_EVENTS
from plugins.messages.surface.message_api import api
from plugins.messages.surface.message_checks import MESSAGE_CHECKS
from plugins.messages.surface.order_parts import ORDER_CORRESPONDENCE, client_parts
from plugins.messages.surface.template_pages import answer_templates
from plugins.orders.store.order_extension import OrderExtension
from plugins.orders.store.workflow_language import LanguagePart


class MessagesPlugin:
    """Plugin that brings what clients and providers write to each other."""

    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return MESSAGES_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (messages, answer_templates, api.blueprint)

    @hookimpl
    def panel_navigation(self) -> Sequence[NavigationEntry]:
        follows = "dialogues orders"
        entry = NavigationEntry(text("Messages"), "messages.index", "chat", follows=follows)
        return (entry,) if may_open("messages.index") else ()

    @hookimpl
    def panel_news(self, session: Session, actor: Actor) -> Sequence[News]:
        if not allows(actor, MessagesFunction.MESSAGE_READ):
            return ()
        new = new_dialogues(session, actor)
        return (News("messages.index", new, most=new >= MAX_COUNT),)

    @hookimpl
    def panel_client_parts(
        self, session: Session, client_id: int, actor: Actor
    ) -> Sequence[PagePart]:
        return client_parts(session, client_id, actor)

    @hookimpl
    def orders_language(self) -> LanguagePart:
        return LanguagePart(requirements={MESSAGE: MESSAGE_FIELD})

    @hookimpl
    def orders_extension(self) -> OrderExtension:
        return ORDER_CORRESPONDENCE

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return (MESSAGE_EVENTS,)

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return (MESSAGE_RECORDS,)

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return MESSAGE_CHECKS

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


plugin = MessagesPlugin()
