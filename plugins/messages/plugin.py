"""Correspondence, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import (
    Check,
    ClientRecords,
    EventReader,
    FunctionInfo,
    NavigationEntry,
    PagePart,
    hookimpl,
)
from billing_panel.kernel.extension.menu_counts import Counting
from billing_panel.kernel.process.lazy_imports import Named, named
from plugins.messages.functions import MESSAGES_FUNCTIONS

if TYPE_CHECKING:
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from billing_panel.kernel.extension.home_parts import HomePart
    from billing_panel.kernel.extension.mail_kinds import MailAnswer
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock
    from plugins.orders.store.order_extensions import OrderExtension
    from plugins.orders.store.versions.installed_vocabulary import LanguagePart

PLACES: Named[Callable[[], Sequence[NavigationEntry]]] = Named(
    "plugins.messages.surface.menu:places"
)
NEWS: Named[Callable[[Actor], Sequence[Counting]]] = Named(
    "plugins.messages.surface.menu:menu_news"
)
HOME_PARTS: Named[Callable[[Session, Actor], Sequence[HomePart]]] = Named(
    "plugins.messages.surface.menu:home_parts"
)
CLIENT_PARTS: Named[Callable[[Session, int, Actor], Sequence[PagePart]]] = Named(
    "plugins.messages.surface.dialogues_beside_orders:client_parts"
)
OWN_LANGUAGE: Named[LanguagePart] = Named(
    "plugins.messages.automatic.workflow_vocabulary:OWN_LANGUAGE"
)
ORDER_CORRESPONDENCE: Named[OrderExtension] = Named(
    "plugins.messages.surface.dialogues_beside_orders:ORDER_CORRESPONDENCE"
)
ANSWER_BY_MAIL: Named[Callable[..., object]] = Named(
    "plugins.messages.correspondence.message_from_mail:answer_by_mail"
)
CHECKS: Named[Sequence[Check]] = Named("plugins.messages.surface.message_checks:MESSAGE_CHECKS")


class MessagesPlugin:
    """Plugin that brings what clients and providers write to each other."""

    @hookimpl
    def panel_functions(self) -> Sequence[FunctionInfo]:
        return MESSAGES_FUNCTIONS

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "plugins.messages.surface.dialogue_pages:messages",
            "plugins.messages.surface.answer_template_pages:answer_templates",
            "plugins.messages.surface.message_api:api.blueprint",
            "plugins.messages.surface.answer_template_api:api.blueprint",
            "plugins.messages.surface.dialogue_list_api:api.blueprint",
        )

    @hookimpl
    def panel_tables(self) -> Sequence[str]:
        return ("plugins.messages.store.models",)

    @hookimpl
    def panel_navigation(self) -> Sequence[NavigationEntry]:
        return PLACES()()

    @hookimpl
    def panel_news(self, actor: Actor) -> Sequence[Counting]:
        return NEWS()(actor)

    @hookimpl
    def panel_home_parts(self, session: Session, actor: Actor) -> Sequence[HomePart]:
        return HOME_PARTS()(session, actor)

    @hookimpl
    def panel_client_parts(
        self, session: Session, client_id: int, actor: Actor
    ) -> Sequence[PagePart]:
        return CLIENT_PARTS()(session, client_id, actor)

    @hookimpl
    def orders_language(self) -> LanguagePart:
        return OWN_LANGUAGE()

    @hookimpl
    def orders_extension(self) -> OrderExtension:
        return ORDER_CORRESPONDENCE()

    @hookimpl
    def panel_mail_answer(
        self, session: Session, answer: MailAnswer, actor: Actor, clock: Clock
    ) -> bool:
        ANSWER_BY_MAIL()(session, answer, known=actor.functions, clock=clock)
        return True

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named("plugins.messages.surface.message_event_wording:MESSAGE_EVENTS")

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named("plugins.messages.surface.message_personal_data:MESSAGE_RECORDS")

    @hookimpl
    def panel_checks(self) -> Sequence[Check]:
        return CHECKS()

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


plugin = MessagesPlugin()
