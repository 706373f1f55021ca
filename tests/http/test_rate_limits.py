"""Every family of routes is limited, for all processes together; which sites may call."""

from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.config import IN_A_FILE, from_environment
from billing_panel.web.requests.shared_counts import SharedCounts, file_address
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.routes import own_rules
from tests.world import World

AppWith = Callable[..., Flask]
ONE_EACH = {
    "token_requests_per_minute": 1,
    "gateway_messages_per_minute": 1,
    "form_posts_per_minute": 1,
    "page_requests_per_minute": 1,
}
# whoever watches the server, and files that are the same for everybody
UNLIMITED = {"/healthz", "/fonts/<name>"}


def family(rule: Rule) -> str:
    for begin, name in (
        ("/api/v1/payment-gateways/", "webhook"),
        ("/api/v1/shop/", "window"),
        ("/api/", "API"),
        ("/shop/", "window"),
        ("/live", "feed"),
        ("/sign-in", "sign-in"),
    ):
        if rule.rule.startswith(begin):
            return name
    return "pages"


@ON_SQLITE
def test_every_route_is_limited_and_says_when_to_come_again(
    app_with: AppWith, places: dict[str, Any]
) -> None:
    app = app_with(**ONE_EACH)
    address, families = app.url_map.bind("localhost").build, Counter[str]()
    for rule in own_rules(app):
        path = address(rule.endpoint, {name: places[name] for name in rule.arguments})
        for method in sorted(set(rule.methods or ()) - {"OPTIONS"}):
            for limiter in app.extensions["limiter"]:
                limiter.reset()
            http = app.test_client()
            first, second = (http.open(path, method=method, buffered=True) for _ in range(2))
            where = f"{method} {rule.rule}"
            assert first.status_code != 429, where
            if rule.rule in UNLIMITED:
                assert second.status_code != 429, where
                continue
            assert second.status_code == 429, where
            assert 1 <= int(second.headers["Retry-After"]) <= 60, where
            families[family(rule)] += 1
    assert families.keys() == {"webhook", "window", "API", "feed", "sign-in", "pages"}
    assert families["API"] >= 90
    assert families["pages"] >= 150


@ON_SQLITE
def test_two_processes_count_together(app_with: AppWith, world: World, tmp_path: Path) -> None:
    """Two applications stand for two processes: they share nothing but the file."""
    settings = {"token_requests_per_minute": 3, "home": tmp_path, "counts_url": IN_A_FILE}
    one, other = (
        ApiClient(app_with(**settings).test_client(), world.token("maria")) for _ in range(2)
    )
    answers = [caller.get("/me").status_code for caller in (one, other, one, other, one)]
    assert answers == [200, 200, 200, 429, 429]
    json_of(ApiClient(one.http, world.token("georgi")).get("/me"))


@ON_SQLITE
def test_where_counts_cannot_be_kept_each_process_counts_for_itself(
    app_with: AppWith, world: World, tmp_path: Path
) -> None:
    home = tmp_path / "gone"
    settings = {"token_requests_per_minute": 3, "home": home, "counts_url": IN_A_FILE}
    caller = ApiClient(app_with(**settings).test_client(), world.token("maria"))
    assert [caller.get("/me").status_code for _ in range(5)] == [200, 200, 200, 429, 429]


def count(address: str, times: int) -> None:
    counts = SharedCounts(address)
    for _ in range(times):
        counts.incr("everybody", 60)


def test_nothing_is_lost_when_processes_count_at_once(tmp_path: Path) -> None:
    address = file_address(tmp_path / "counts # 1.sqlite")
    counts, processes = SharedCounts(address), get_context("fork")
    counts.incr("everybody", 60)
    workers = [processes.Process(target=count, args=(address, 200)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert counts.get("everybody") == 801


def test_a_count_that_is_over_begins_anew_and_is_swept(tmp_path: Path) -> None:
    counts = SharedCounts(file_address(tmp_path / "counts.sqlite"))
    assert [counts.incr("a", -1) for _ in range(2)] == [1, 1]
    assert counts.get("a") == 0
    assert [counts.incr("b", 60, 2) for _ in range(2)] == [2, 4]
    counts.clear("b")
    assert counts.get("b") == 0
    for number in range(200):
        counts.incr(f"over {number}", -1)
    assert counts.reset() < 200
    assert counts.check()


def test_installations_count_in_a_file_unless_told_otherwise(tmp_path: Path) -> None:
    environ = {"BILLING_PANEL_HOME": str(tmp_path)}
    assert from_environment(environ).counts_url == IN_A_FILE
    redis = from_environment({**environ, "BILLING_PANEL_COUNTS_URL": "redis://cache:6379/1"})
    assert redis.counts_url == "redis://cache:6379/1"


# --- pages of other sites -------------------------------------------------------------------------

ORIGIN = "https://shop.example"
ASKED = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
}


def allowed(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


@ON_SQLITE
def test_no_other_site_may_call_the_api_from_a_browser(app: Flask, world: World) -> None:
    http, token = app.test_client(), world.token("maria")
    assert allowed(http.options("/api/v1/me", headers=ASKED)) == {}
    headers = {"Origin": ORIGIN, "Authorization": f"Bearer {token}"}
    assert allowed(http.get("/api/v1/me", headers=headers)) == {}


@ON_SQLITE
def test_a_site_that_is_named_may_with_a_token_and_never_with_a_cookie(
    app_with: AppWith, world: World
) -> None:
    http, token = app_with(api_origins=(ORIGIN,)).test_client(), world.token("maria")
    asked = allowed(http.options("/api/v1/clients/1/orders", headers=ASKED))
    assert asked["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in asked["Access-Control-Allow-Methods"]
    answer = http.get("/api/v1/me", headers={"Origin": ORIGIN, "Authorization": f"Bearer {token}"})
    assert allowed(answer)["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in asked | allowed(answer)
    for path, origin in (("/api/v1/me", "https://evil.example"), ("/account", ORIGIN)):
        assert allowed(http.options(path, headers={**ASKED, "Origin": origin})) == {}
        assert allowed(http.get(path, headers={"Origin": origin})) == {}


@pytest.mark.parametrize("origin", ["*", "shop.example", "https://shop.example/", "null"])
def test_an_origin_that_is_none_is_refused_at_start(tmp_path: Path, origin: str) -> None:
    environ = {"BILLING_PANEL_HOME": str(tmp_path), "BILLING_PANEL_API_ORIGINS": origin}
    with pytest.raises(ConfigError, match="API_ORIGINS names origins such as"):
        from_environment(environ)
