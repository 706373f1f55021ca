"""The frame around every page: who is signed in, and where they may go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.no_slow_work_while_writing import refuse_while_writing
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.extension.hooks import NavigationEntry, PagePart, SetupStep
from billing_panel.kernel.extension.menu_counts import Counting, News
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.process.lazy_values import kept_property
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.drawn_once import drawing
from billing_panel.web.shell.request_context import (
    current_impersonation,
    is_for_parts,
    language,
    panel,
    signed_in_actor,
)
from billing_panel.web.shell.route_access import may_open
from billing_panel.web.shell.template_formats import initials

PRODUCT = "Billing panel"
BROUGHT = "billing_panel.brought"
# menus of those who are signed in
KEPT = 1_000


@dataclass(frozen=True)
class NavigationItem:
    """A place in the menu. ``current``: the page shown is it, or stands below it.

    ``news``: how much is new there, as it is written; empty: nothing. None: nobody counts it.
    ``follows``: by which news its label is kept up to date.
    """

    label: str
    href: str
    icon: str
    current: bool
    follows: str
    news: str | None = None


@dataclass(frozen=True)
class NavigationSection:
    """Places under one title; those of daily work have none."""

    title: str
    items: tuple[NavigationItem, ...]


@dataclass(frozen=True)
class Me:
    """Whoever is signed in, as every page names them; ``title`` is their login."""

    name: str
    initials: str
    title: str


@dataclass(frozen=True)
class AskedNews:
    """What is counted for somebody as new, and the one statement that counts it.

    It depends on nothing but the actor, so that it is made once for each.
    """

    counting: Sequence[Counting]
    statement: Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Brought:
    """What plugins bring for an actor: places in their menu, steps of setting the panel up.

    ``news``: what is counted for them as new. ``client_parts``: parts of the page of a client.
    ``provider_places``: where things of a provider stand. ``feet``: bars at the bottom of every
    page.
    """

    navigation: Callable[[Actor], list[NavigationEntry]]
    news: Callable[[Actor], "AskedNews"]
    setup_steps: Callable[[Session, Actor], list[SetupStep]]
    client_parts: Callable[[Session, int, Actor], list[PagePart]]
    provider_places: Callable[[str], list[NavigationEntry]]
    feet: Callable[[Session, Actor], list[PagePart]]


def install(app: Flask, from_plugins: Brought) -> None:
    """Give templates the frame and ``may_open``; keep what plugins bring for it."""
    app.extensions[BROUGHT] = from_plugins
    app.context_processor(_frame)
    app.jinja_env.globals["may_open"] = may_open


def _frame() -> dict[str, object]:
    """Asked for whenever a page is drawn."""
    refuse_while_writing("drawing a page")
    actor = signed_in_actor()
    stands = _Around(actor)
    return {
        "product": PRODUCT,
        "me": Me(actor.name, initials(actor.name), actor.login) if actor else None,
        "shell_menu": lambda: drawing("frame/menu.html")(stands.sections),
        "shell_palette": lambda: drawing("frame/palette.html")(places_in(stands.sections)),
        "news": lambda: stands.news,
        "seen_as": current_impersonation(),
        "of_parts": is_for_parts(),
        "feet": lambda: stands.read[1],
    }


class _Around:
    """What stands around one page, read when it is first asked for; parts of a page have none."""

    def __init__(self, actor: Actor | None) -> None:
        self._actor = actor

    @kept_property
    def read(self) -> tuple[Mapping[str, News], Sequence[PagePart]]:
        """What is new, and the bars at the bottom of the page: in the page's transaction."""
        if self._actor is None:
            return {}, ()
        with panel().database.reading_along() as db:
            return _news_in(db, self._actor), brought().feet(db, self._actor)

    @property
    def news(self) -> Mapping[str, str]:
        """By endpoint, as it is written."""
        return {endpoint: written(one) for endpoint, one in self.read[0].items()}

    @kept_property
    def sections(self) -> tuple[NavigationSection, ...]:
        return navigation(self._actor, self.read[0]) if self._actor else ()


@lru_cache(maxsize=KEPT)
def places_in(sections: tuple[NavigationSection, ...]) -> tuple[NavigationSection, ...]:
    """The same, whatever is new there and whichever page is shown."""
    return tuple(map(_places_of, sections))


def _places_of(section: NavigationSection) -> NavigationSection:
    items = (replace(item, current=False, news=None, follows="") for item in section.items)
    return NavigationSection(section.title, tuple(items))


def brought() -> Brought:
    """Look up what plugins bring to this application."""
    return cast("Brought", current_app.extensions[BROUGHT])


def places(actor: Actor) -> list[NavigationEntry]:
    """What stands in the menu after the first page: only what the person may open."""
    return brought().navigation(actor)


def news_for(actor: Actor) -> Mapping[str, News]:
    """How much is new for the person, by endpoint: counted in one statement."""
    with panel().database.reading() as db:
        return _news_in(db, actor)


def _news_in(session: Session, actor: Actor) -> Mapping[str, News]:
    asked = brought().news(actor)
    if not asked.counting:
        return {}
    found = plain(session, asked.statement).one()
    return {one.endpoint: one.news(count) for one, count in zip(asked.counting, found, strict=True)}


def ask_news(counting: Sequence[Counting]) -> AskedNews:
    """Each is counted no further than it says."""
    counts = (
        select(func.count()).select_from(one.rows.limit(one.most).subquery()) for one in counting
    )
    return AskedNews(counting, select(*(count.scalar_subquery() for count in counts)))


def written(news: News) -> str:
    """A number, or ``99+``; empty: nothing is new."""
    if news.most:
        return f"{news.count - 1}+"
    return str(news.count) if news.count else ""


def issuer_name() -> str:
    """How an app for one-time codes lists the panel."""
    return f"{PRODUCT} {urlsplit(panel().config.public_url).netloc}".replace(":", " ")


def navigation(actor: Actor, news: Mapping[str, News]) -> tuple[NavigationSection, ...]:
    """Make the actor's menu: places of daily work, then those of setting up by heading."""
    entries = [NavigationEntry(text("Home"), "web.home", "home"), *places(actor)]
    work = tuple(_item(entry, news) for entry in entries if not entry.settings)
    settings: dict[str, list[NavigationItem]] = {}
    for entry in entries:
        if entry.settings:
            title = say(entry.heading or text("Administration"), language())
            settings.setdefault(title, []).append(_item(entry, news))
    below = (NavigationSection(title, tuple(items)) for title, items in settings.items())
    return (NavigationSection("", work), *below)


def _item(entry: NavigationEntry, news: Mapping[str, News]) -> NavigationItem:
    href = url_for(entry.endpoint, **entry.values)
    below = href != url_for("web.home") and request.path.startswith(f"{href}/")
    new = news.get(entry.endpoint)
    return NavigationItem(
        say(entry.label, language()),
        href,
        entry.icon,
        current=request.path == href or below or request.blueprint in entry.rooms,
        news=written(new) if new else None,
        follows=entry.follows,
    )
