"""Item 13: files whose names people chose, through the real server: its headers are bytes."""

from collections.abc import Callable

import requests

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.passwords import hash_password
from tests.cli.shell import Shell
from tests.faults.server import PATIENCE, free_port, served
from tests.http.engines import ON_SQLITE
from tests.http.visitor import CSRF, PASSWORD
from tests.world import World, line

PDF = "inline; filename=\"1; e.pdf\"; filename*=UTF-8''%D0%A1%D0%9E-1%3B%20%C2%AB%C3%A9%C2%BB.pdf"


def sign_in(browser: requests.Session, at: str, login: str) -> None:
    page = browser.get(f"{at}/sign-in", timeout=PATIENCE).text
    found = CSRF.search(page)
    assert found
    form = {"csrf_token": found[1], "login": login, "password": PASSWORD}
    answer = browser.post(f"{at}/sign-in", data=form, timeout=PATIENCE)
    assert answer.url == f"{at}/"


def named(answer: requests.Response) -> tuple[int, str]:
    """The status, and what the file is called."""
    return answer.status_code, answer.headers["Content-Disposition"]


@ON_SQLITE
def test_13_downloads_reach_people_whatever_their_names_are_written_in(
    home_of: Callable[..., Shell], world: World, demo_url: str
) -> None:
    world.change(Provider, {"key": "nordvik"}, series_proforma="СО-{number}; «é»")
    order = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))[0]
    number = order.documents[0].id
    world.change(User, {"login": "owner"}, password_hash=hash_password(PASSWORD))
    token = {"Authorization": f"Bearer {world.token('owner')}"}
    # a cookie for https alone would not come back over the plain connection of the test
    shell, port = home_of(demo_url, SECURE_COOKIES=0), free_port()
    at = f"http://127.0.0.1:{port}"
    with served(shell, port), requests.Session() as browser:
        by_token = f"{at}/api/v1/invoices/{number}.pdf"
        assert named(requests.get(by_token, headers=token, timeout=2 * PATIENCE)) == (200, PDF)
        # a word in an address leads to a header of its own: where to go after signing in
        asked = browser.get(f"{at}/orders?query=Фёдор", timeout=PATIENCE)
        assert asked.url.endswith(
            "/sign-in?next=/orders?query%3D%25D0%25A4%25D1%2591%25D0%25B4%25D0%25BE%25D1%2580"
        )
        sign_in(browser, at, "owner")
        assert named(browser.get(f"{at}/documents/{number}.pdf", timeout=2 * PATIENCE)) == (
            200,
            PDF,
        )
