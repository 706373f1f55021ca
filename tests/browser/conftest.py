"""The panel served for a real browser: headless Chromium, the demo, known passwords."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page
from werkzeug.serving import make_server

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.passwords import hash_password
from billing_panel.kernel.process.config import Config
from tests.conftest import CACHE
from tests.http.visitor import new_session
from tests.world import World

PASSWORD = "correct horse battery"


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    """What a browser sees does not depend on the database."""
    return str(request.param)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    debian = shutil.which("chromium-headless-shell")
    found = {"executable_path": debian} if debian else {}
    # without hinting letters and spaces are as wide as on any screen, and not whole pixels
    args = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]
    return {**browser_type_launch_args, **found, "args": args}


@pytest.fixture
def config(config: Config) -> Config:
    """Fonts are made at the first run of the tests and kept."""
    return replace(config, home=CACHE)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


AXE = Axe().axe_script
COLOURS = ("color-contrast",)
# of axe, those that a narrow screen may break where a wide one does not
OF_WIDTH = (
    "aria-hidden-focus",
    "button-name",
    "empty-heading",
    "label",
    "landmark-one-main",
    "link-name",
    "meta-viewport",
    "page-has-heading-one",
    "scrollable-region-focusable",
)
OVERLAPPING_CELLS = Path(__file__).with_name("overlapping_cells.js").read_text()


def signed_in(world: World, login: str) -> str:
    """What the browser of somebody keeps who has just signed in."""
    app = Flask(__name__)
    app.secret_key = world.panel.config.secret_key
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps({"_user_id": new_session(world, login)}))


@dataclass
class Visit:
    """A person at the panel; what the browser complains of is kept."""

    page: Page
    address: str
    world: World
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: Any) -> None:
        """The server of most tests has no place for a live feed, which is no mistake."""
        no_place = "/live?" in message.location["url"] and "status of 503" in message.text
        if message.type in {"error", "warning"} and not no_place:
            self.complaints.append(message.text)

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def give_password(self, login: str) -> None:
        self.world.change(User, {"login": login}, password_hash=hash_password(PASSWORD))

    def sign_in(self, login: str) -> None:
        """Come to the first page with the cookie of somebody who signed in there."""
        self.page.context.add_cookies(
            [{"name": "session", "value": signed_in(self.world, login), "url": self.address}]
        )
        self.open("/")

    def forgive(self, status: int) -> None:
        """A refusal is an answer too, and the browser complains of each; of ``status`` it may."""
        self.complaints = [words for words in self.complaints if f"status of {status}" not in words]

    def violations(self, *rules: str) -> list[str]:
        """What axe finds wrong with the page as it is now, by these rules or by all of them."""
        only = {"runOnly": list(rules)} if rules else {}
        # what is well takes longer to say than to find
        options = {"preload": False, "resultTypes": ["violations"], **only}
        if self.page.evaluate("typeof axe === 'undefined'"):
            self.page.evaluate(AXE)
        found = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{rule['id']}: {node['html']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def assert_good(self, what: str) -> None:
        """The page has no violation and stays within the screen, wide and narrow, light and dark.

        What is dark differs from what is light by its colours alone, and those not by the width;
        what is narrow from what is wide by what is shown, and what has to be scrolled.
        """
        for width, rules in ((1440, ()), (390, OF_WIDTH)):
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.violations(*rules) == [], (what, width)
            sideways = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not sideways, f"{what} scrolls sideways at {width}"
            assert self.overlapping() == [], (what, width)
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert self.violations(*COLOURS) == [], (what, "dark")
        self.page.emulate_media(color_scheme="light")

    def overlapping(self) -> list[str]:
        """The cells of tables whose words are drawn one over the other."""
        return list(self.page.evaluate(OVERLAPPING_CELLS))


@pytest.fixture
def visit(page: Page, address: str, world: World) -> Iterator[Visit]:
    visit = Visit(page, address, world)
    yield visit
    assert visit.complaints == []


@pytest.fixture
def inspected_visit(browser: Any, address: str, world: World) -> Iterator[Visit]:
    """For axe, which the content policy would keep from working."""
    context = browser.new_context(bypass_csp=True)
    yield Visit(context.new_page(), address, world)
    context.close()


@pytest.fixture
def plain_visit(browser: Any, address: str, world: World) -> Iterator[Visit]:
    """Without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield Visit(context.new_page(), address, world)
    context.close()
