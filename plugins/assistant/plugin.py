"""The assistant's door, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.extension.hooks import ClientRecords, hookimpl
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.lazy_imports import Named, NamedCommand, named

if TYPE_CHECKING:
    import click
    from flask import Blueprint

    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock

FORGET: Named[Callable[..., object]] = Named(
    "plugins.assistant.drafts.keep_draft:forget_old_drafts"
)


class AssistantPlugin:
    """Plugin that brings drafts, their page, and the command by which an assistant comes in."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "plugins.assistant.drafts.draft_page:drafts",
            "plugins.assistant.drafts.draft_api:api.blueprint",
        )

    @hookimpl
    def panel_tables(self) -> Sequence[str]:
        return ("plugins.assistant.drafts.models",)

    @hookimpl
    def panel_jobs(self) -> Sequence[PeriodicJob]:
        def forget(database: Database, actor: Actor, clock: Clock) -> None:
            FORGET()(database, actor, clock)

        return (PeriodicJob("assistant.forget", text("Deleting old drafts"), 60, forget),)

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named("plugins.assistant.drafts.draft_personal_data:DRAFT_RECORDS")

    @hookimpl
    def panel_commands(self) -> Sequence[click.Command]:
        return (
            NamedCommand(
                "mcp",
                "plugins.assistant.door.mcp_command:mcp",
                "Let an assistant read, and draft, with a token (Model Context Protocol).",
            ),
        )

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"


plugin = AssistantPlugin()
