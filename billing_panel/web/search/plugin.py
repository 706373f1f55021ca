"""The search, as any plugin joins the panel."""

from collections.abc import Sequence

from flask import Blueprint

from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.web.search.search_pages import search


class SearchPlugin:
    """Plugin that brings the pages of the search; what is found is brought by ``panel_search``."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (search,)


plugin = SearchPlugin()
