"""The place of messages in the menu, and how much is new there."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.home_parts import HomePart, Waiting
from billing_panel.kernel.extension.hooks import NavigationEntry
from billing_panel.kernel.extension.menu_counts import Counting
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.route_access import may_open
from permissions.guard import allows
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.find_dialogues import MAX_COUNT, new_dialogues


def places() -> Sequence[NavigationEntry]:
    """For whoever may open it."""
    follows = "dialogues orders"
    entry = NavigationEntry(text("Messages"), "messages.index", "chat", follows=follows)
    return (entry,) if may_open("messages.index") else ()


def menu_news(actor: Actor) -> Sequence[Counting]:
    """Dialogues with something new in them."""
    if not allows(actor, MessagesFunction.MESSAGE_READ):
        return ()
    return (Counting("messages.index", new_dialogues(actor), MAX_COUNT),)


def home_parts(session: Session, actor: Actor) -> Sequence[HomePart]:
    """What nobody has answered yet; for clients, what is new to them."""
    if not allows(actor, MessagesFunction.MESSAGE_READ):
        return ()
    some = new_dialogues(actor).limit(MAX_COUNT).subquery()
    new = session.scalar(select(func.count()).select_from(some)) or 0
    title = text("Answers owed") if actor.client_id is None else text("New messages for you")
    most = new >= MAX_COUNT
    return [Waiting(title, new, "messages.index", {}, most=most)] if new else ()
