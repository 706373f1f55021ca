"""The frame around every page: who is signed in, and where he may go."""

from dataclasses import dataclass

from flask import Flask, request, url_for

from billing_panel.kernel.text import Text, say, text
from billing_panel.web.context import language, signed_in_actor

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
    return {"product": PRODUCT, "me": me, "navigation": navigation() if actor else []}


def initials(name: str) -> str:
    """``"Maria Koleva"`` → ``"MK"``."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def navigation() -> list[NavigationSection]:
    return [NavigationSection("", (_item(text("Home"), "web.home", "home"),))]


def _item(label: Text, endpoint: str, icon: str) -> NavigationItem:
    return NavigationItem(
        say(label, language()), url_for(endpoint), icon, current=request.endpoint == endpoint
    )
