"""Pieces of pages that are drawn once for all they are made of, and kept by it.

A piece is the macro ``drawn`` of a template of its own, called with one value. It asks for nothing
else: not who is signed in, not the request, no token (``tests/architecture/test_templates.py``).
"""

from collections.abc import Callable, Hashable
from functools import lru_cache, partial
from typing import cast

from flask import Flask, current_app, request
from markupsafe import Markup

from billing_panel.web.shell.request_context import language

DRAWN = "billing_panel.drawn"
# rows of lists, of about 2 KB each, and menus of a few more
KEPT = 4_000


def install(app: Flask) -> None:
    """Keep what is drawn for ``app``, and let templates ask for a piece."""
    app.extensions[DRAWN] = lru_cache(maxsize=KEPT)(partial(_drawn, app))
    app.jinja_env.globals["piece"] = lambda template, of: drawing(template)(of)


def drawing(template: str) -> Callable[[Hashable], Markup]:
    """Draw with ``template`` in the language of this request.

    A value that is equal to one before gets what was drawn for that.
    """
    made = cast("Callable[..., Markup]", current_app.extensions[DRAWN])
    return partial(made, template, language(), request.script_root)


def _drawn(app: Flask, template: str, _language: str, _root: str, of: Hashable) -> Markup:
    """``_language`` and ``_root``, the path before every address, are the request's."""
    module = app.jinja_env.get_template(template).module
    return cast("Markup", module.drawn(of))  # type: ignore[attr-defined]
