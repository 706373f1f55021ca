"""The frame around every page: who is signed in, and where he may go."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.hooks import NavigationEntry
from billing_panel.kernel.text import say, text
from billing_panel.web.context import language, signed_in_actor
from billing_panel.web.formats import initials
from permissions.functions import PanelFunction
from permissions.guard import allows

PRODUCT = "Billing panel"
BROUGHT = "billing_panel.navigation"


@dataclass(frozen=True)
class NavigationItem:
    label: str
    href: str
    icon: str
    current: bool


@dataclass(frozen=True)
class NavigationSection:
    title: str
    items: tuple[NavigationItem, ...]


@dataclass(frozen=True)
class Me:
    name: str
    initials: str
    title: str


Brought = Callable[[Actor], list[NavigationEntry]]


def install(app: Flask, brought: Brought) -> None:
    """``brought``: what plugins bring into an actor's menu."""
    app.extensions[BROUGHT] = brought
    app.context_processor(_frame)


def _frame() -> dict[str, object]:
    actor = signed_in_actor()
    me = Me(actor.name, initials(actor.name), actor.login) if actor else None
    return {"product": PRODUCT, "me": me, "navigation": navigation(actor) if actor else []}


def places(actor: Actor) -> list[NavigationEntry]:
    """What stands in the menu after the first page: only what the person may open."""
    own = []
    if actor.client_id is None and allows(actor, PanelFunction.CLIENT_READ):
        own.append(NavigationEntry(text("Clients"), "clients.index", "users"))
    brought: Brought = current_app.extensions[BROUGHT]
    return [*own, *brought(actor)]


def navigation(actor: Actor) -> list[NavigationSection]:
    entries = [NavigationEntry(text("Home"), "web.home", "home"), *places(actor)]
    return [NavigationSection("", tuple(_item(entry) for entry in entries))]


def _item(entry: NavigationEntry) -> NavigationItem:
    href = url_for(entry.endpoint, **entry.values)
    return NavigationItem(
        say(entry.label, language()), href, entry.icon, current=request.path == href
    )
