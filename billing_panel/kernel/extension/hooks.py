"""What a plugin may bring. Each hook is used by a plugin of this repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
import pluggy

from billing_panel.kernel.extension.background_work import Follower, PeriodicJob

if TYPE_CHECKING:
    # a command that asks for its help alone needs none of them
    from datetime import datetime
    from pathlib import Path

    from flask import Blueprint
    from sqlalchemy.orm import Session

    from billing_panel.kernel.database.database import Database
    from billing_panel.kernel.extension.feed_sources import FeedSource
    from billing_panel.kernel.extension.gateways import Gateway
    from billing_panel.kernel.extension.mail_kinds import Attachment, MailAnswer, MailKind
    from billing_panel.kernel.extension.menu_counts import Counting
    from billing_panel.kernel.language.errors import Reason
    from billing_panel.kernel.language.text import Text, Titles
    from billing_panel.kernel.process.config import Config
    from billing_panel.kernel.tables.event_log import Event
    from billing_panel.kernel.tables.find_search_entries import Page
    from billing_panel.kernel.values.actor import Actor
    from billing_panel.kernel.values.clock import Clock

PROJECT = "billing_panel"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True)
class FunctionInfo:
    """A function of the permission matrix, named ``area:resource:action``.

    ``section`` is the row of the matrix it opens from, ``help`` a sentence that says what holding
    it lets a person do; ``moves_money`` marks it there. ``is_ahead``: nothing asks for it yet, the
    part of the panel it is for is still to come.
    """

    name: str
    section: Text
    title: Text
    help: Text
    moves_money: bool = False
    is_ahead: bool = False


@dataclass(frozen=True)
class NavigationEntry:
    """An entry of the menu: its label, its endpoint with values, and an icon of the sprite.

    ``follows``: by which news the label is kept up to date (docs/live.md). ``rooms``: names of
    blueprints whose pages stand there too. ``settings``: it stands below, among the places where
    the panel is set up; ``heading``: under that one.
    """

    label: Text
    endpoint: str
    icon: str
    values: Mapping[str, Any] = field(default_factory=dict)
    settings: bool = False
    heading: Text | None = None
    follows: str = ""
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetupStep:
    """A step of setting up an empty panel: what to do, why, and the endpoint for it."""

    title: Text
    sentence: Text
    endpoint: str
    is_done: bool
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Detail:
    """A line of what an event says: ``what`` is ``now``, and with ``before`` what it was.

    The values are whatever ``say_value`` says: words, sums, moments.
    """

    what: Text | str
    now: object
    before: object | None = None


@dataclass(frozen=True)
class PagePart:
    """A part of another plugin's page: ``template`` is included there, ``values`` is its ``part``.

    ``place``: where the page has room for it: ``main``, or ``client`` beside what it says of the
    client.
    """

    template: str
    values: object
    place: str = "main"


@dataclass(frozen=True)
class Subject:
    """What an event happened to, and its page, for whoever holds the function ``needs``."""

    name: object
    endpoint: str
    values: Mapping[str, Any]
    needs: str


@dataclass(frozen=True)
class EventWords:
    """What an event says to its reader. ``told``: its facts, without those not meant for them.

    ``subject`` None: the panel knows what it happened to.
    """

    said: Text
    told: Mapping[str, Any]
    details: Sequence[Detail] = ()
    subject: Subject | None = None


@dataclass(frozen=True)
class Sight:
    """Who is told at once of the events of one kind: those who could read of them on a page.

    One of ``functions`` is needed; the live feed looks after providers and clients by itself.
    ``clients``: a client's users who hold one are told of their own client's, ``told_as`` that
    kind where theirs is none of their business. ``themselves``: the user it happened to.
    Nothing of these: whoever reads the audit log, as with every kind.
    """

    functions: tuple[str, ...] = ()
    clients: bool = False
    told_as: str | None = None
    themselves: bool = False


@dataclass(frozen=True)
class EventReader:
    """How the kinds of events a plugin writes are read.

    ``kinds``: their titles. ``words``: of events of these kinds, by their ids, read at once, as
    the actor may see them.
    ``numbered``: what bears a number that people know, as (noun, id).
    ``sights``: who is told at once, by kind; nobody is told of a kind that is missing here.
    """

    kinds: Mapping[str, Text]
    words: Callable[[Session, Sequence[Event], Actor], Mapping[int, EventWords]]
    numbered: Callable[[Session, str], Sequence[tuple[str, int]]]
    sights: Mapping[str, Sight] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """What erasing a client takes away, and what it leaves."""

    erased: Sequence[Text] = ()
    kept: Sequence[Text] = ()


@dataclass(frozen=True)
class ClientRecords:
    """What a part of the panel holds about a client (by their id), and how it forgets them.

    ``export``: plain JSON by names of its own. ``files``: what goes with it, by file name.
    ``hinders``: why they can't be forgotten yet. ``erase`` runs when nothing hinders.
    """

    export: Callable[[Session, int], Mapping[str, Any]]
    preview: Callable[[Session, int], Preview]
    hinders: Callable[[Session, int], Sequence[Reason]] = lambda _session, _client_id: ()
    erase: Callable[[Session, int, datetime], None] = lambda _session, _client_id, _at: None
    files: Callable[[Session, int], Mapping[str, bytes]] = lambda _session, _client_id: {}


@dataclass(frozen=True)
class Hit:
    """A search result: its title, what tells it apart, and the endpoint of its page.

    ``named``: what was asked for is a whole name or number of it.
    """

    id: int
    title: Text | Titles | str
    note: Text | Titles | str
    endpoint: str
    values: Mapping[str, Any]
    named: bool = False


@dataclass(frozen=True)
class SearchedKind:
    """A kind of search result; ``kind`` is its name, ``title`` the plural people read.

    ``find(session, query, actor, page)``: those in the actor's scope that have the words as far as
    the actor may know them. Named ones come first, on the first page, then the newest; no later
    page has them again. ``is_action``: not the thing itself, but what can be done with it.
    """

    kind: str
    title: Text
    icon: str
    find: Callable[[Session, str, Actor, Page], Sequence[Hit]]
    is_action: bool = False


@dataclass(frozen=True)
class Check:
    """An invariant of every database; ``name`` is ``area.what``.

    ``wrong(session)`` only reads, and yields a sentence for each place where it is not true.
    """

    name: str
    wrong: Callable[[Session], Iterable[Text]]


# by which ``Session.info`` has the titles of functions, by their names
FUNCTION_TITLES = "panel.function_titles"


class PanelHooks:
    """The hooks by which a plugin joins the panel; all are optional."""

    @hookspec
    def panel_session_info(
        self,
        manager: pluggy.PluginManager,  # noqa: ARG002 (names it)
        functions: tuple[FunctionInfo, ...],  # noqa: ARG002
    ) -> Mapping[str, object]:
        """What the plugin's actions find in each session of one panel (``Session.info``).

        It is read once, when the panel is opened; ``functions``: all there are.
        """
        return {}

    @hookspec
    def panel_functions(self) -> Sequence[FunctionInfo]:
        """Functions the plugin adds to the matrix."""
        return ()

    @hookspec
    def panel_blueprints(self) -> Sequence[Blueprint]:
        """Routes of pages and of the API."""
        return ()

    @hookspec
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:  # noqa: ARG002 (names it)
        """Menu entries the actor may open."""
        return ()

    @hookspec
    def panel_news(self, actor: Actor) -> Sequence[Counting]:  # noqa: ARG002 (names it)
        """What is counted as new for the actor, made of the actor alone (``kept_by_actor``)."""
        return ()

    @hookspec
    def panel_setup_steps(self, session: Session, actor: Actor) -> Sequence[SetupStep]:  # noqa: ARG002
        """The actor's steps on the way to the first order, after the panel's own."""
        return ()

    @hookspec
    def panel_client_parts(
        self,
        session: Session,  # noqa: ARG002
        client_id: int,  # noqa: ARG002
        actor: Actor,  # noqa: ARG002
    ) -> Sequence[PagePart]:
        """Parts of the page of a client, who was found in the scope of the actor, one of staff."""
        return ()

    @hookspec
    def panel_provider_places(self, key: str) -> Sequence[NavigationEntry]:  # noqa: ARG002
        """Where things of the provider of that key stand; those one may open are shown."""
        return ()

    @hookspec
    def panel_feet(self, session: Session, actor: Actor) -> Sequence[PagePart]:  # noqa: ARG002
        """Bars at the bottom of every page of the actor's; each costs one statement at most."""
        return ()

    @hookspec
    def panel_commands(self) -> Sequence[click.Command]:
        """Commands under ``billing-panel``: where they stand (``NamedCommand``)."""
        return ()

    @hookspec
    def panel_tables(self) -> Sequence[str]:
        """The modules in which the plugin's tables stand."""
        return ()

    @hookspec
    def panel_gateways(self, config: Config) -> Sequence[Gateway]:  # noqa: ARG002
        """Payment systems whose keys are set. Raises ConfigError for half a set of keys."""
        return ()

    @hookspec
    def panel_serves(self, config: Config) -> None:
        """Called when this process is about to answer requests; must not block."""

    @hookspec
    def panel_jobs(self, gateways: Mapping[str, Gateway], config: Config) -> Sequence[PeriodicJob]:  # noqa: ARG002
        """The worker's periodic jobs."""
        return ()

    @hookspec
    def panel_followers(self, config: Config) -> Sequence[Follower]:  # noqa: ARG002
        """What the worker runs as soon as something has happened."""
        return ()

    @hookspec
    def panel_feed_sources(self) -> Sequence[FeedSource]:
        """What the live feed carries besides the event log."""
        return ()

    @hookspec
    def panel_mail_kinds(self) -> Sequence[MailKind]:
        """Kinds of letters the plugin posts (``billing_panel.mail.letters``)."""
        return ()

    @hookspec(firstresult=True)
    def panel_mail_attachment(
        self,
        database: Database,  # noqa: ARG002 (names it)
        noun: str,  # noqa: ARG002
        id: int,  # noqa: A002, ARG002
    ) -> Attachment | None:
        """The file attached to a letter; None: another plugin's, or gone.

        It is asked in no transaction, when the letter is sent; it may take its time.
        """
        return None

    @hookspec(firstresult=True)
    def panel_mail_answer(
        self,
        session: Session,  # noqa: ARG002 (names it)
        answer: MailAnswer,  # noqa: ARG002
        actor: Actor,  # noqa: ARG002
        clock: Clock,  # noqa: ARG002
    ) -> bool | None:
        """Take what was answered to a letter, and say so; None: it is another plugin's.

        ``actor`` is the system, who holds every function. A refusal is raised, and seen by staff.
        """
        return None

    @hookspec
    def panel_event_readers(self) -> Sequence[EventReader]:
        """The wording of the plugin's own events; without it, their plain facts are shown."""
        return ()

    @hookspec
    def panel_search(self) -> Sequence[SearchedKind]:
        """The kinds of things that the search finds for the plugin."""
        return ()

    @hookspec
    def panel_client_records(self) -> Sequence[ClientRecords]:
        """What the plugin holds about clients, for export and erasure."""
        return ()

    @hookspec
    def panel_checks(self) -> Sequence[Check]:
        """The plugin's invariants, for ``billing-panel check``."""
        return ()

    @hookspec
    def panel_migrations(self) -> Path | None:
        """The folder of the plugin's own Alembic versions."""
        return None
