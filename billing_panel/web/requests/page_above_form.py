"""Which page belongs to an address that only takes forms."""

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter


def page_above(path: str, adapter: MapAdapter) -> str:
    """The nearest address above ``path`` that is a page: of ``/orders/17/move`` the order's."""
    parts = path.strip("/").split("/")
    for end in range(len(parts) - 1, 0, -1):
        above = "/" + "/".join(parts[:end])
        if is_page(above, adapter):
            return above
    return "/"


def is_page(path: str, adapter: MapAdapter) -> bool:
    """Tell whether ``path`` is an address that answers GET."""
    try:
        adapter.match(path, method="GET")
    except HTTPException:
        return False
    return True


def own_page() -> str:
    """The page of the address that was asked for."""
    adapter = _adapter()
    if is_page(request.path, adapter):
        return request.full_path.rstrip("?")
    return page_above(request.path, adapter)


def _adapter() -> MapAdapter:
    return current_app.url_map.bind_to_environ(request.environ)
