"""The API of one's own account: sessions, tokens, and how one is told of what happens."""

from collections.abc import Callable

from sqlalchemy import select

from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import create_token
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, problem_of, wrong_fields
from tests.http.visitor import new_session
from tests.world import World

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]


def token_of(world: World, login: str, *functions: str) -> int:
    """The id of a token that has these functions alone."""
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login=login)).one()
        now, known = world.clock.now(), world.panel.known
        create_token(session, user, "CRM", functions=functions, known=known, at=now)
        return session.scalars(select(ApiToken.id).order_by(ApiToken.id)).all()[-1]


def secret_of(world: World, login: str, *functions: str) -> str:
    with world.database.writing() as session:
        user = session.scalars(select(User).filter_by(login=login)).one()
        now, known = world.clock.now(), world.panel.known
        return create_token(session, user, "few", functions=functions, known=known, at=now)


def sessions(world: World) -> dict[int, int]:
    with world.database.reading() as session:
        rows = session.execute(select(SignInSession.id, SignInSession.user_id)).all()
    return {row.id: row.user_id for row in rows}


def test_the_account_of_whoever_asks(api: Api) -> None:
    for login in ("maria", "stoyanova"):
        shown = json_of(api(login).get("/account"))
        assert shown["login"] == login
        assert (shown["has_second_factor"], shown["second_factor_required"]) == (False, False)
        assert not {"password", "password_hash", "secret"} & shown.keys()


def test_sessions_are_listed_and_ended(world: World, api: Api) -> None:
    for login in ("maria", "maria", "petar"):
        new_session(world, login)
    maria = api("maria")
    listed = json_of(maria.get("/account/sessions"))["items"]
    assert len(listed) == 2
    foreign = next(id_ for id_ in sessions(world) if id_ not in {one["id"] for one in listed})
    before = world.everything()
    for address in (foreign, MISSING):
        problem_of(maria.delete(f"/account/sessions/{address}"), 404, "not_found")
    assert world.everything() == before
    assert json_of(maria.delete(f"/account/sessions/{listed[0]['id']}")) == {"ended": 1}
    assert json_of(maria.delete("/account/sessions")) == {"ended": 1}
    assert sessions(world).keys() == {foreign}


def test_tokens_are_listed_without_their_secrets_and_revoked(world: World, api: Api) -> None:
    own, foreign = token_of(world, "maria", "orders:order:read"), token_of(world, "petar")
    maria = api("maria")
    listed = {one["id"]: one for one in json_of(maria.get("/account/tokens"))["items"]}
    assert foreign not in listed
    assert listed[own]["functions"] == ["orders:order:read"]
    assert not any("secret" in one for one in listed.values())
    assert maria.token not in str(listed)
    before = world.everything()
    for address in (foreign, MISSING):
        problem_of(maria.delete(f"/account/tokens/{address}"), 404, "not_found")
    assert world.everything() == before
    assert json_of(maria.delete(f"/account/tokens/{own}")) == {"id": own}
    (itself,) = (id_ for id_ in listed if id_ != own)
    assert json_of(maria.delete(f"/account/tokens/{itself}")) == {"id": itself}
    problem_of(maria.get("/account"), 401, "unauthenticated")


def test_a_token_with_few_functions_reads_and_ends_nothing(world: World, api: Api) -> None:
    maria = api("maria")
    few = ApiClient(maria.http, secret_of(world, "maria", "orders:order:read"))
    few.get("/me")
    own = token_of(world, "maria")
    before = world.everything()
    for path in ("/account", "/account/sessions", "/account/tokens"):
        problem_of(few.get(path), 403, "token_narrowed")
    problem_of(few.delete("/account/sessions"), 403, "token_narrowed")
    problem_of(few.delete(f"/account/tokens/{own}"), 403, "token_narrowed")
    assert world.everything() == before


def test_a_token_with_functions_of_its_own_silences_nobody(world: World, api: Api) -> None:
    """Neither with few of them, nor with all that its owner holds today."""
    maria = api("maria")
    for functions in (["orders:order:read"], sorted(world.actor("maria").functions)):
        few = ApiClient(maria.http, secret_of(world, "maria", *functions))
        few.get("/me")
        before = world.everything()
        problem_of(few.get("/account/notices"), 403, "token_narrowed")
        told = few.patch("/account/notices", {"channels": {"mail": [], "panel": []}})
        problem_of(told, 403, "token_narrowed")
        problem_of(few.get("/account"), 403, "token_narrowed")
        assert world.everything() == before


def test_how_one_is_told_is_chosen(world: World, api: Api) -> None:
    for login in ("maria", "stoyanova"):
        caller = api(login)
        now = json_of(caller.get("/account/notices"))
        assert now["quiet"] is None
        key = now["kinds"][0]["key"]
        quiet = {"begins": "22:00", "ends": "08:00", "timezone": "Europe/Sofia"}
        body = {"channels": {"desktop": [key], "mail": []}, "quiet": quiet}
        changed = json_of(caller.patch("/account/notices", body))
        assert changed["quiet"] == quiet
        told = {kind["key"]: kind["channels"] for kind in changed["kinds"]}
        assert [k for k, channels in told.items() if "desktop" in channels] == [key]
        assert not any("mail" in channels for channels in told.values())
        assert json_of(caller.patch("/account/notices", {})) == changed
        before = world.everything()
        wrong = {
            "channels": {"mail": ["order.nothing"]},
            "quiet": {**quiet, "begins": "25:00", "timezone": "Mars"},
        }
        assert sorted(wrong_fields(caller.patch("/account/notices", wrong))) == [
            ("channels.mail", "unknown_kind"),
            ("quiet.begins", "time"),
            ("quiet.timezone", "timezone"),
        ]
        assert wrong_fields(caller.patch("/account/notices", {"sound": True})) == [
            ("sound", "unknown_field")
        ]
        assert world.everything() == before
        assert json_of(caller.patch("/account/notices", {"quiet": None}))["quiet"] is None
