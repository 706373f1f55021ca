"""The frame around every page: who is signed in, and where they may go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, current_app, request, url_for
from sqlalchemy.orm import Session

from billing_panel.kernel.database.slow_work import refuse_while_writing
from billing_panel.kernel.extension.hooks import NavigationEntry, News, PagePart, SetupStep
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.request_context import (
    current_walk,
    is_for_parts,
    language,
    panel,
    signed_in_actor,
)
from billing_panel.web.shell.route_access import may_open
from billing_panel.web.shell.template_formats import initials

PRODUCT = "Billing panel"
BROUGHT = "billing_panel.brought"


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
class Brought:
    """What plugins bring for an actor: places in their menu, steps of setting the panel up.

    ``news``: what is new for them, by endpoint. ``client_parts``: parts of the page of a client.
    """

    navigation: Callable[[Actor], list[NavigationEntry]]
    news: Callable[[Session, Actor], Mapping[str, News]]
    setup_steps: Callable[[Session, Actor], list[SetupStep]]
    client_parts: Callable[[Session, int, Actor], list[PagePart]]


def install(app: Flask, from_plugins: Brought) -> None:
    """Give templates the frame and ``may_open``; keep what plugins bring for it."""
    app.extensions[BROUGHT] = from_plugins
    app.context_processor(_frame)
    app.jinja_env.globals["may_open"] = may_open


def _frame() -> dict[str, object]:
    """Asked for whenever a page is drawn."""
    refuse_while_writing("drawing a page")
    actor = signed_in_actor()
    news = news_for(actor) if actor else {}
    me = Me(actor.name, initials(actor.name), actor.login) if actor else None
    return {
        "product": PRODUCT,
        "me": me,
        "navigation": navigation(actor, news) if actor else [],
        "news": {endpoint: written(one) for endpoint, one in news.items()},
        "walk": current_walk(),
        "of_parts": is_for_parts(),
    }


def brought() -> Brought:
    """Look up what plugins bring to this application."""
    return cast("Brought", current_app.extensions[BROUGHT])


def places(actor: Actor) -> list[NavigationEntry]:
    """What stands in the menu after the first page: only what the person may open."""
    return brought().navigation(actor)


def news_for(actor: Actor) -> Mapping[str, News]:
    """How much is new for the person, by endpoint."""
    with panel().database.reading() as db:
        return brought().news(db, actor)


def written(news: News) -> str:
    """A number, or ``99+``; empty: nothing is new."""
    if news.most:
        return f"{news.count - 1}+"
    return str(news.count) if news.count else ""


def issuer_name() -> str:
    """How an app for one-time codes lists the panel."""
    return f"{PRODUCT} {urlsplit(panel().config.public_url).netloc}".replace(":", " ")


def navigation(actor: Actor, news: Mapping[str, News]) -> list[NavigationSection]:
    """Make the actor's menu: places of daily work, then those of setting up by heading."""
    entries = [NavigationEntry(text("Home"), "web.home", "home"), *places(actor)]
    work = tuple(_item(entry, news) for entry in entries if not entry.settings)
    settings: dict[str, list[NavigationItem]] = {}
    for entry in entries:
        if entry.settings:
            title = say(entry.heading or text("Administration"), language())
            settings.setdefault(title, []).append(_item(entry, news))
    below = (NavigationSection(title, tuple(items)) for title, items in settings.items())
    return [NavigationSection("", work), *below]


def _item(entry: NavigationEntry, news: Mapping[str, News]) -> NavigationItem:
    href = url_for(entry.endpoint, **entry.values)
    below = href != url_for("web.home") and request.path.startswith(f"{href}/")
    new = news.get(entry.endpoint)
    return NavigationItem(
        say(entry.label, language()),
        href,
        entry.icon,
        current=request.path == href or below,
        news=written(new) if new else None,
        follows=entry.follows,
    )
