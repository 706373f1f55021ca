"""The floor: the barest page and the barest writing, on the panel's own database."""

import sys

from benchmarks.peers.shop import DEEP, FIRST, HISTORY, STAFF, Page, Shop
from benchmarks.populated.installation import Installation

PAGE = Page(STAFF, "/", r'<td><a href="/orders/')


def floor_shop(installation: Installation, workers: int) -> Shop:
    """The one page stands beside all those of the others. Nobody signs in."""
    return Shop(
        name="the floor",
        version="",
        licence="",
        serve=(
            *(sys.executable, "-m", "gunicorn", "benchmarks.peers.floor.app:app"),
            *("--workers", str(workers), "--no-control-socket"),
        ),
        ready="/",
        environ={
            "FLOOR_DATABASE": installation.panel.database.url.render_as_string(hide_password=False)
        },
        sign_in=lambda _port: {STAFF: ""},
        pages=dict.fromkeys((FIRST, DEEP, HISTORY), PAGE),
        place=(sys.executable, "-m", "benchmarks.peers.floor.place"),
    )
