"""A visitor with a browser that runs no scripts: they read pages, fills in forms, keeps cookies."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from secrets import token_hex
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from typing_extensions import override
from werkzeug.test import TestResponse

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.check_and_change_password import set_password
from billing_panel.accounts.signing_in.passwords import hash_password
from billing_panel.accounts.signing_in.sessions import open_session
from plugins.notices.surface.unseen_orders import looked_at_orders
from tests.http.form import form_of
from tests.world import World

PASSWORD = "correct horse battery"
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
REFERENCE = re.compile(r"reference [0-9a-f]{12}")


def has_looked_at_orders(world: World, login: str) -> None:
    """The list of their orders has nothing new for them, so that looking at it writes nothing."""
    actor = world.actor(login)
    if actor.client_id is not None:
        with world.database.writing() as session:
            looked_at_orders(session, actor, world.clock.now())


@dataclass(frozen=True)
class Visitor:
    http: FlaskClient

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.http.get(path, **more)

    def token(self, path: str = "/sign-in") -> str:
        """The token against forgery in the forms of a page, redirects followed."""
        page = self.http.get(path, follow_redirects=True)
        found = CSRF.search(page.text)
        assert found, f"{path} has no form: {page.text[:200]}"
        return found[1]

    def own_token(self) -> str:
        """The same token without a page, as Flask-WTF writes it into each."""
        with self.http.session_transaction() as session:
            kept = session.setdefault("csrf_token", token_hex())
        secret = self.http.application.secret_key
        assert secret is not None
        return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(kept))

    def send(self, path: str, **fields: str) -> TestResponse:
        """Post a form with the token that their pages have."""
        return self.http.post(path, data={"csrf_token": self.own_token(), **fields})

    def confirm(self, path: str, **fields: str) -> TestResponse:
        """Send what can't be undone, look at what follows, and press *Yes*."""
        asked = self.send(path, **fields)
        assert (asked.status_code, "What happens:" in asked.text) == (200, True), asked.text
        _, sent = form_of(asked, path)
        return self.http.post(path, data=sent)

    def sign_in(self, login: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.send("/sign-in", login=login, password=password, **fields)

    def is_known(self) -> bool:
        """Whether the first page lets them in; else it sends them to sign in."""
        answer = self.http.get("/", follow_redirects=True)
        assert answer.status_code == 200
        return answer.request.path != "/sign-in"

    def secret(self) -> str | None:
        """The secret of their session, as their cookie has it."""
        with self.http.session_transaction() as session:
            return session.get("_user_id")

    def carry(self, secret: str) -> None:
        """Have the cookie of somebody who signed in with the session ``secret``."""
        with self.http.session_transaction() as session:
            session["_user_id"] = secret

    def cookie(self) -> str:
        cookie = self.http.get_cookie("session")
        assert cookie is not None
        return cookie.value

    def use_cookie(self, value: str) -> None:
        """What a thief does with a cookie they copied."""
        self.http.set_cookie("session", value)


def new_session(world: World, login: str) -> str:
    """The secret of a new session of ``login``, without a password asked."""
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login=login)).one()
        return open_session(session, user, at=world.clock.now())


def give_password(world: World, login: str, password: str = PASSWORD) -> None:
    hashed = hash_password(password, login=login)
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login=login)).one()
        set_password(session, user, hashed)


def same_page(response: TestResponse, *personal: str) -> str:
    """The page without what differs each time: tokens, the request's number, their own words."""
    page = REFERENCE.sub("reference", CSRF.sub("", response.text))
    for words in personal:
        page = page.replace(words, "")
    return page


def host_reached(location: str) -> str:
    """Where a browser goes for ``Location``: it drops tabs and line ends, reads \\ as / and does
    not count slashes at the beginning."""
    cleaned = re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")
    if cleaned.startswith("//"):
        cleaned = "//" + cleaned.lstrip("/")
    return urlsplit(urljoin("http://localhost/sign-in", cleaned)).netloc


@dataclass(frozen=True)
class Element:
    tag: str
    attributes: dict[str, str]


def elements(response: TestResponse) -> list[Element]:
    """Every element of a page, in its order."""
    reader = _Elements()
    reader.feed(response.text)
    return reader.found


def assert_nothing_inline(page: TestResponse) -> None:
    """No style, no script and no foreign address stands in the page itself.

    A letter brings its styles, into a frame that lets nothing in and nothing out.
    """
    if page.headers["Content-Security-Policy"].endswith("; sandbox"):
        assert not [one for one in elements(page) if one.tag in {"script", "form", "img", "link"}]
        return
    for element in elements(page):
        assert element.tag != "style"
        assert element.tag != "script" or element.attributes.get("src"), element
        assert "style" not in element.attributes, element
        assert not [name for name in element.attributes if name.startswith("on")], element
        for name in ("href", "src", "action", "formaction"):
            address = element.attributes.get(name, "/")
            if element.tag == "img" and address.startswith("data:image/png;base64,"):
                continue
            assert address.startswith(("/", "#", "?", "tel:", "mailto:")), element
            assert not address.startswith("//"), element


def field(page: TestResponse, name: str) -> str:
    """What stands in the first field of that name."""
    return next(e.attributes["value"] for e in elements(page) if e.attributes.get("name") == name)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}))
