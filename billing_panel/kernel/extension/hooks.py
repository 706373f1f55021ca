"""What a plugin may bring. Each hook is used by a plugin of this repository."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pluggy
from flask import Blueprint
from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import Database
from billing_panel.kernel.extension.gateways import Gateway
from billing_panel.kernel.extension.mail_kinds import Attachment, MailKind
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.tables.search_index import Page
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
    """A place in the menu: the label, the endpoint with its values, and an icon of the sprite.

    ``follows``: by which news the label is kept up to date (docs/live.md).
    ``settings``: it stands below, among the places where the panel is set up; ``heading``: under
    that one.
    """

    label: Text
    endpoint: str
    icon: str
    values: Mapping[str, Any] = field(default_factory=dict)
    settings: bool = False
    heading: Text | None = None
    follows: str = ""


@dataclass(frozen=True)
class News:
    """How much is new at the place of ``endpoint``; ``most``: nobody counted further."""

    endpoint: str
    count: int
    most: bool = False


@dataclass(frozen=True)
class SetupStep:
    """Something an empty panel still needs: what to do, why, and the endpoint where it is done."""

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
    """A part of somebody else's page: ``template`` is included there, ``values`` is its ``part``.

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
    """What an event says to whoever reads it. ``told``: its facts, without what is not for them.

    ``subject`` None: the panel knows what it happened to.
    """

    said: Text
    told: Mapping[str, Any]
    details: Sequence[Detail] = ()
    subject: Subject | None = None


@dataclass(frozen=True)
class Sight:
    """Who is told at once of the events of one kind: whoever could read of them on a page.

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
    ``sights``: who is told at once, by kind; of a kind that stands not there nobody is.
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
    """Something that was found: what it is called, what tells it apart, the endpoint of its page.

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
    """What is found by words; ``kind`` is its name, ``title`` that of several.

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
class PeriodicJob:
    """``run(database, actor, clock)`` each ``minutes`` minutes; ``actor`` is the system.

    It may run in two workers at once, or late: it does what is due, once.
    """

    name: str
    minutes: int
    run: Callable[[Database, Actor, Clock], object]


@dataclass(frozen=True)
class Follower:
    """``run(database, actor, clock)`` does what waits, once; ``actor`` is the system.

    The worker calls it soon after each commit that may have written an event, and at least once a
    minute, in a thread of its own: a slow one delays no other. It may run in two workers at once.
    Where nothing waits it writes nothing, or its own commit would call it again.
    """

    name: str
    run: Callable[[Database, Actor, Clock], object]


@dataclass(frozen=True)
class Addressed:
    """Something new for one person alone; ``data`` is what their browser is sent."""

    id: int
    user_id: int
    data: Mapping[str, object]


@dataclass(frozen=True)
class FeedSource:
    """Rows that the live feed carries to the people they are addressed to.

    ``name`` is the name of the events sent. ``last(session)``: the highest id so far.
    ``after(session, id, limit)``: those with higher ids, in their order.
    """

    name: str
    last: Callable[[Session], int]
    after: Callable[[Session, int, int], Sequence[Addressed]]


@dataclass(frozen=True)
class Check:
    """Something that is true of every database; ``name`` is ``area.what``.

    ``wrong(session)`` only reads, and yields a sentence for each place where it is not true.
    """

    name: str
    wrong: Callable[[Session], Iterable[Text]]


class PanelHooks:
    """The hooks by which a plugin joins the panel; it leaves out those it has no use for."""

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
        """Places the actor may open."""
        return ()

    @hookspec
    def panel_news(self, session: Session, actor: Actor) -> Sequence[News]:  # noqa: ARG002 (names it)
        """How much is new for the actor at places they may open."""
        return ()

    @hookspec
    def panel_setup_steps(self, session: Session, actor: Actor) -> Sequence[SetupStep]:  # noqa: ARG002
        """Steps of the actor's on the way to the first order, after the panel's own."""
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
    def panel_commands(self) -> Sequence[click.Command]:
        """Commands under ``billing-panel``."""
        return ()

    @hookspec
    def panel_gateways(self, config: Config) -> Sequence[Gateway]:  # noqa: ARG002
        """Payment systems for which there are keys. Raises ConfigError for half of them."""
        return ()

    @hookspec
    def panel_serves(self, config: Config) -> None:
        """This process is about to answer requests; nothing here may keep it waiting."""

    @hookspec
    def panel_jobs(self, gateways: Mapping[str, Gateway]) -> Sequence[PeriodicJob]:  # noqa: ARG002
        """What the worker does again and again."""
        return ()

    @hookspec
    def panel_followers(self) -> Sequence[Follower]:
        """What the worker does as soon as something has happened."""
        return ()

    @hookspec
    def panel_feed_sources(self) -> Sequence[FeedSource]:
        """What the live feed carries beside the event log."""
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
        """The file that goes with a letter; None: another plugin's, or gone.

        It is asked in no transaction, when the letter is sent; it may take its time.
        """
        return None

    @hookspec
    def panel_event_readers(self) -> Sequence[EventReader]:
        """The words for the plugin's own kinds of events; without, their plain facts are shown."""
        return ()

    @hookspec
    def panel_search(self) -> Sequence[SearchedKind]:
        """What of the plugin's is found by words."""
        return ()

    @hookspec
    def panel_client_records(self) -> Sequence[ClientRecords]:
        """What the plugin holds about clients."""
        return ()

    @hookspec
    def panel_checks(self) -> Sequence[Check]:
        """What ``billing-panel check`` looks up, beside the panel's own."""
        return ()

    @hookspec
    def panel_migrations(self) -> Path | None:
        """The folder of the plugin's own Alembic versions."""
        return None
