"""The search, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.kernel.process.lazy_imports import named

if TYPE_CHECKING:
    from flask import Blueprint


class SearchPlugin:
    """Plugin that brings the pages of the search; what is found is brought by ``panel_search``."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named("billing_panel.web.search.search_pages:search")


plugin = SearchPlugin()
