"""The frame around every page: who is signed in, and where he may go."""

from dataclasses import dataclass

from flask import Flask, request, url_for

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.text import Text, say, text
from billing_panel.web.context import language, signed_in_actor
from billing_panel.web.formats import initials
from permissions.functions import PanelFunction
from permissions.guard import allows

PRODUCT = "Billing panel"


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


def install(app: Flask) -> None:
    app.context_processor(_frame)


def _frame() -> dict[str, object]:
    actor = signed_in_actor()
    me = Me(actor.name, initials(actor.name), actor.login) if actor else None
    return {"product": PRODUCT, "me": me, "navigation": navigation(actor) if actor else []}


def navigation(actor: Actor) -> list[NavigationSection]:
    """Only what the person may open."""
    items = [_item(text("Home"), "web.home", "home")]
    if actor.client_id is None and allows(actor, PanelFunction.CLIENT_READ):
        items.append(_item(text("Clients"), "clients.index", "users"))
    return [NavigationSection("", tuple(items))]


def _item(label: Text, endpoint: str, icon: str) -> NavigationItem:
    return NavigationItem(
        say(label, language()), url_for(endpoint), icon, current=request.endpoint == endpoint
    )
