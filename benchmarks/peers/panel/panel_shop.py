"""The panel itself, beside its peers."""

import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.shop import CLIENT, DEEP, FIRST, HISTORY, STAFF, Page, Shop
from benchmarks.populated.installation import SECRET_KEY, UNBOUNDED, Installation

ROW = r'id="order-\d+"'


def panel_shop(installation: Installation, orders: int, workers: int) -> Shop:
    """Served by its own command, which is gunicorn's."""
    panel = installation.panel
    settings = {
        "HOME": str(panel.config.home),
        "DATABASE_URL": panel.config.database_url,
        "SECRET_KEY": SECRET_KEY,
        "SECURE_COOKIES": "0",
        "PAGE_REQUESTS_PER_MINUTE": str(UNBOUNDED),
    }
    program = Path(sys.executable).with_name("billing-panel")
    cookies = {STAFF: installation.cookie, CLIENT: installation.clients_cookie}
    return Shop(
        name="the panel",
        version=version("billing-panel"),
        licence="MIT",
        serve=(str(program), "serve", "--workers", str(workers)),
        ready="/healthz",
        environ={f"BILLING_PANEL_{name}": value for name, value in settings.items()},
        sign_in=lambda _port: cookies,
        pages={
            FIRST: Page(STAFF, "/orders", ROW),
            DEEP: Page(STAFF, f"/orders?from={int(orders * 0.1)}", ROW),
            HISTORY: Page(CLIENT, "/my/history", ROW),
        },
        place=(sys.executable, "-m", "benchmarks.peers.panel.place"),
        address=lambda port: ("--port", str(port)),
    )
