"""What other plugins offer on the page of an order: buttons that send a form to theirs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import hookspec
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.actor import Actor
from plugins.orders.store.models import Order
from plugins.orders.store.workflow_language import OrdersHooks

# in ``Session.info``
PAGE_LINKS = "orders.page_links"


@dataclass(frozen=True)
class PageLink:
    """``endpoint`` takes a POST; ``icon`` is one of the sprite."""

    label: Text
    endpoint: str
    icon: str
    values: Mapping[str, Any] = field(default_factory=dict)


class OrderPageHooks(OrdersHooks):
    """What other plugins bring to orders and to their pages."""

    @hookspec
    def orders_page_links(self, order: Order, actor: Actor) -> Sequence[PageLink]:  # noqa: ARG002
        """Buttons on the page of an order that whoever looks may press."""
        return ()


Brought = Callable[..., Sequence[Sequence[PageLink]]]


def page_links(session: Session, order: Order, actor: Actor) -> Sequence[PageLink]:
    """Those for ``actor``, who was shown the order."""
    brought: Brought = session.info[PAGE_LINKS]
    return [link for links in brought(order=order, actor=actor) for link in links]
