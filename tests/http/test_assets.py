"""Files of the panel: one style sheet a page, kept by browsers for good, the same for everybody."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from billing_panel.web.shell import assets
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, elements

Visit = Callable[..., Visitor]


@pytest.fixture
def address(visit: Visit) -> str:
    """Of the one style sheet that a page names."""
    named = [
        str(element.attributes["href"])
        for element in elements(visit().get("/sign-in"))
        if element.attributes.get("rel") == "stylesheet"
    ]
    (only,) = named
    return only


@ON_SQLITE
def test_a_page_names_one_style_sheet_with_all_sources_in_it(visit: Visit, address: str) -> None:
    answer = visit().get(address)
    assert answer.mimetype == "text/css"
    assert answer.text.count("\n.btn {") == 1
    assert "@import" not in answer.text


@ON_SQLITE
def test_files_are_kept_for_good_and_belong_to_nobody(visit: Visit, address: str) -> None:
    maria = visit("maria")
    for name in (address, address.replace("css/panel.css", "js/panel.js")):
        answer = maria.get(name, buffered=True)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["ETag"]
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


@ON_SQLITE
def test_a_browser_that_asks_again_is_told_that_nothing_changed(visit: Visit, address: str) -> None:
    tag = visit().get(address).headers["ETag"]
    assert visit().get(address, headers={"If-None-Match": tag}).status_code == 304
    assert visit().get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@ON_SQLITE
def test_a_page_from_before_an_upgrade_gets_the_files_of_today_and_keeps_them_not(
    visit: Visit, address: str
) -> None:
    version = address.split("/")[2]
    answer = visit().get(address.replace(version, "0123456789abcdef"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@ON_SQLITE
def test_nothing_outside_the_folder_is_served(visit: Visit, address: str) -> None:
    for name in ("../app.py", "..%2fapp.py", "css", "nothing.css"):
        answer = visit().get(address.replace("css/panel.css", name))
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"


def test_while_developing_a_changed_file_is_seen_without_a_restart(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    (tmp_path / assets.SHEET).write_text("a {}\n")
    app = Flask(__name__, static_folder=None)
    assets.install(app, tmp_path)
    with app.test_request_context():
        address = app.url_for("static", filename=assets.SHEET)
    (tmp_path / assets.SHEET).write_text("b {}\n")
    assert app.test_client().get(address).text == "a {}\n"
    app.debug = True
    answer = app.test_client().get(address)
    assert answer.text == "b {}\n"
    assert answer.headers["Cache-Control"] == "no-cache"
