"""What other plugins bring to orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import hookspec

if TYPE_CHECKING:
    from plugins.orders.store.order_extensions import OrderExtension
    from plugins.orders.store.versions.installed_vocabulary import LanguagePart


class OrdersHooks:
    """Asked when a panel needs them first; nobody calls these declarations themselves."""

    @hookspec
    def orders_language(self) -> LanguagePart:
        """Effects, requirements and actions the plugin adds to the language of workflows."""
        raise NotImplementedError

    @hookspec
    def orders_extension(self) -> OrderExtension:
        """What follows what happens to an order, and what is shown beside it."""
        raise NotImplementedError
