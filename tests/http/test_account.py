"""My account: what a person does with their own password, second factor, sessions and tokens."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from billing_panel.accounts.people.sign_in_models import ApiToken, Purpose, SignInSession
from billing_panel.accounts.people.staff_models import Department
from billing_panel.accounts.signing_in import second_factor
from billing_panel.accounts.signing_in.api_tokens import MOST_TOKENS
from billing_panel.accounts.signing_in.openid_identities import bind
from billing_panel.accounts.signing_in.password_confirmation import (
    GOOD_FOR,
    Given,
    confirm,
    use_confirmation,
)
from billing_panel.accounts.signing_in.sign_in import Browser
from billing_panel.administration.staff.change_staff import change_staff, find_staff, staff_details
from billing_panel.kernel.language.errors import Invalid, Refused
from permissions.models import StaffFunction
from permissions.panel_functions import PanelFunction
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.form import fill
from tests.http.test_pages import changed_tables, link_for
from tests.http.test_sign_in import app_of, codes_on, events, key_on
from tests.http.visitor import (
    PASSWORD,
    Visitor,
    assert_nothing_inline,
    field,
    give_password,
    new_session,
)
from tests.world import World, hold_only

Visit = Callable[..., Visitor]

ANOTHER = "another battery, correct"


def send(visitor: Visitor, path: str, **fields: str) -> TestResponse:
    """``factor_password`` is the field ``factor-password``."""
    token = visitor.token("/account")
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return visitor.http.post(path, data={"csrf_token": token, **named})


def change(visitor: Visitor, old: str, new: str, again: str | None = None) -> TestResponse:
    fields = {"password_old": old, "password_new": new, "password_again": again or new}
    return send(visitor, "/account/password", **fields)


# --- the password -------------------------------------------------------------------------------


def test_a_changed_password_ends_every_session_but_this(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    here, elsewhere = visit("maria"), visit("maria")
    stolen = here.cookie()
    assert change(here, PASSWORD, ANOTHER).status_code == 303
    assert here.is_known()
    assert not elsewhere.is_known()
    # this browser's session is another too
    thief = visit()
    thief.use_cookie(stolen)
    assert not thief.is_known()
    assert visit().sign_in("maria", PASSWORD).status_code == 422
    assert visit().sign_in("maria", ANOTHER).status_code == 302
    (event,) = events(world, "password.changed")
    assert event.user_id == world.actor("maria").user_id


@ON_SQLITE
def test_a_password_that_cannot_be_changed_stays(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit("maria")
    before = world.everything()
    for old, new, again in (
        ("wrong", ANOTHER, ANOTHER),
        ("", ANOTHER, ANOTHER),
        (PASSWORD, "too short", "too short"),
        (PASSWORD, ANOTHER, "something else"),
    ):
        answer = change(visitor, old, new, again)
        assert answer.status_code == 422
        assert PASSWORD not in answer.text
        assert_nothing_inline(answer)
    assert changed_tables(before, world.everything()) == {"attempt_count"}
    assert visitor.is_known()


# --- the second factor --------------------------------------------------------------------------


def test_a_second_factor_is_set_up_with_the_password_and_a_code(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor, elsewhere = visit("maria"), visit("maria")
    wrong = send(visitor, "/account/second-factor", factor_password="wrong")
    assert wrong.status_code == 422
    assert "That is not your password." in wrong.text
    assert world.everything()["second_factor"] == []
    begun = send(visitor, "/account/second-factor", factor_password=PASSWORD)
    assert begun.status_code == 303
    page = visitor.get(begun.location)
    assert_nothing_inline(page)
    totp = key_on(page)
    # not asked for before it is confirmed
    assert visit().sign_in("maria").location == "/"
    refused = visitor.send("/account/second-factor/set-up", code="000000")
    assert refused.status_code == 422
    assert key_on(refused).secret == totp.secret
    done = visitor.send("/account/second-factor/set-up", code=totp.at(world.clock.now()))
    assert len(set(codes_on(done))) == 10
    assert visitor.is_known()
    assert not elsewhere.is_known()
    assert visit().sign_in("maria").location == "/second-factor"
    assert len(events(world, "second_factor.set")) == 1


@ON_SQLITE
def test_a_secret_is_shown_for_ten_minutes(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit("maria")
    begun = send(visitor, "/account/second-factor", factor_password=PASSWORD)
    code = key_on(visitor.get(begun.location))
    token = visitor.token(begun.location)
    world.clock.at += timedelta(minutes=10)
    assert visitor.get(begun.location).location == "/account"
    form = {"csrf_token": token, "code": code.at(world.clock.now())}
    assert visitor.http.post(begun.location, data=form).location == "/account"
    assert visit().sign_in("maria").location == "/"


@ON_SQLITE
def test_a_second_factor_is_removed_with_the_password(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    code = app_of(world, "maria").at(world.clock.now())
    visitor = visit("maria")
    path = "/account/second-factor/remove"
    for given in (
        {"factor_password": "wrong", "factor_code": code},
        {"factor_password": PASSWORD},
        {"factor_password": PASSWORD, "factor_code": "000000"},
    ):
        assert send(visitor, path, **given).status_code == 422
        assert len(world.everything()["second_factor"]) == 1
    given = {"factor_password": PASSWORD, "factor_code": code}
    assert send(visitor, path, **given).status_code == 303
    assert visitor.is_known()
    everything = world.everything()
    assert everything["second_factor"] == everything["recovery_code"] == []
    assert len(events(world, "second_factor.removed")) == 1


@ON_SQLITE
def test_what_the_department_asks_for_is_not_removed(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    code = app_of(world, "maria").at(world.clock.now())
    world.change(Department, {"key": "order_desk"}, second_factor=True)
    visitor = visit("maria")
    given = {"factor_password": PASSWORD, "factor_code": code}
    answer = send(visitor, "/account/second-factor/remove", **given)
    assert answer.status_code == 422
    assert "Your department requires a second factor" in answer.text
    assert len(world.everything()["second_factor"]) == 1


@ON_SQLITE
def test_another_is_not_set_up_over_the_one_there_is(world: World, visit: Visit) -> None:
    """Else an open screen would be enough to swap it."""
    give_password(world, "maria")
    code = app_of(world, "maria").at(world.clock.now())
    given = {"factor_password": PASSWORD, "factor_code": code}
    answer = send(visit("maria"), "/account/second-factor", **given)
    assert answer.status_code == 422
    assert "There is already a second factor" in answer.text
    (factor,) = world.everything()["second_factor"]
    assert factor[-1] is not None


@ON_SQLITE
def test_new_recovery_codes_take_the_place_of_the_old(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    code = app_of(world, "maria").at(world.clock.now())
    user_id = world.actor("maria").user_id or 0
    with world.database.writing() as session:
        old, *_ = second_factor.new_recovery_codes(session, user_id)
    visitor = visit("maria")
    assert send(visitor, "/account/recovery-codes", codes_password="wrong").status_code == 422
    given = {"codes_password": PASSWORD, "codes_code": code}
    new = codes_on(send(visitor, "/account/recovery-codes", **given))
    for code, status in ((old, 422), (new[0], 302)):
        another = visit()
        another.sign_in("maria")
        assert another.send("/second-factor", code=code).status_code == status


@ON_SQLITE
def test_without_a_second_factor_there_are_no_recovery_codes(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    answer = send(visit("maria"), "/account/recovery-codes", codes_password=PASSWORD)
    assert answer.status_code == 422
    assert world.everything()["recovery_code"] == []


# --- somebody else's second factor --------------------------------------------------------------


def test_who_manages_staff_removes_the_factor_of_who_lost_their_phone(
    world: World, visit: Visit
) -> None:
    give_password(world, "maria")
    app_of(world, "maria")
    maria, owner = visit("maria"), visit("owner")
    person = world.actor("maria")
    page = owner.get(f"/staff/{person.staff_id}")
    action, fields = fill(page, f"/staff/{person.staff_id}/second-factor/reset")
    assert owner.http.post(action, data=fields).status_code == 303
    assert not maria.is_known()
    assert visit().sign_in("maria").location == "/"
    (event,) = events(world, "second_factor.removed")
    assert event.user_id == world.actor("owner").user_id
    assert (event.subject_kind, event.subject_id) == ("user", person.user_id)
    # there is none any more
    assert owner.http.post(action, data=fields).status_code == 422


@ON_SQLITE
def test_nobody_removes_their_own_factor_by_that_way(world: World, visit: Visit) -> None:
    app_of(world, "owner")
    owner = visit("owner")
    path = f"/staff/{world.actor('owner').staff_id}"
    assert "second-factor/reset" not in owner.get(path).text
    before = world.everything()
    form = {"csrf_token": owner.token(path)}
    assert owner.http.post(f"{path}/second-factor/reset", data=form).status_code == 403
    assert world.everything() == before


@ON_SQLITE
def test_who_does_not_manage_staff_removes_nobodys_factor(world: World, visit: Visit) -> None:
    app_of(world, "owner")
    maria = visit("maria")
    before = world.everything()
    path = f"/staff/{world.actor('owner').staff_id}/second-factor/reset"
    form = {"csrf_token": maria.token("/account")}
    assert maria.http.post(path, data=form).status_code == 403
    assert world.everything() == before


@ON_SQLITE
def test_nobody_removes_the_factor_of_somebody_who_holds_more(world: World, visit: Visit) -> None:
    """With it and a sign-in link they would act as that person."""
    app_of(world, "petar")
    with world.database.writing() as session:
        staff_id = world.actor("maria").staff_id or 0
        function = PanelFunction.STAFF_CHANGE.value
        session.add(StaffFunction(staff_id=staff_id, function=function, on=True))
    maria = visit("maria")
    before = world.everything()
    path = f"/staff/{world.actor('petar').staff_id}/second-factor/reset"
    answer = maria.http.post(path, data={"csrf_token": maria.token("/account")})
    assert answer.status_code == 403
    assert world.everything() == before


# --- sessions -----------------------------------------------------------------------------------


def session_ids(world: World, login: str) -> list[int]:
    with world.database.reading() as session:
        found = select(SignInSession.id).filter_by(user_id=world.actor(login).user_id)
        return [*session.scalars(found.order_by(SignInSession.id))]


def test_sessions_are_listed_and_ended(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    phone, here = visit(), visit()
    firefox = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
    phone.http.environ_base |= {"REMOTE_ADDR": "192.0.2.7", "HTTP_USER_AGENT": firefox}
    for visitor in (phone, here):
        visitor.sign_in("maria")
    page = here.get("/account").text
    assert "Firefox, Android" in page
    assert "192.0.2.7" in page
    assert page.count("This browser") == 1
    first, own = session_ids(world, "maria")
    assert f"/account/sessions/{own}/end" not in page
    assert send(here, f"/account/sessions/{first}/end").status_code == 303
    assert not phone.is_known()
    assert here.is_known()
    assert send(here, f"/account/sessions/{first}/end").status_code == 404


@ON_SQLITE
def test_all_other_sessions_end_at_once(visit: Visit) -> None:
    here, there, georgi = visit("maria"), visit("maria"), visit("georgi")
    assert send(here, "/account/sessions/end-others").status_code == 303
    assert here.is_known()
    assert not there.is_known()
    assert georgi.is_known()


@ON_SQLITE
def test_nobody_ends_sessions_or_tokens_of_others(world: World, visit: Visit) -> None:
    georgi, maria = visit("georgi"), visit("maria")
    world.token("georgi")
    (foreign,) = session_ids(world, "georgi")
    before = world.everything()
    assert send(maria, f"/account/sessions/{foreign}/end").status_code == 404
    assert send(maria, "/account/tokens/1/revoke").status_code == 404
    assert world.everything() == before
    assert georgi.is_known()


# --- API tokens ---------------------------------------------------------------------------------


def make_token(visitor: Visitor, **typed: object) -> TestResponse:
    """Whoever has no password yet makes none: ``give_password`` first."""
    wanted = {
        "token__name": "my script",
        "token__functions": ["clients:client:read"],
        "token__password": PASSWORD,
        **typed,
    }
    named = {name.replace("token__", "token-"): value for name, value in wanted.items()}
    action, fields = fill(visitor.get("/account"), "new-token", **named)
    return visitor.http.post(action.partition("#")[0], data=fields)


def test_a_token_is_made_shown_once_listed_and_revoked(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit("maria")
    page = make_token(visitor, token__days="30")
    secret = next(
        part.split('"')[0] for part in page.text.split('value="') if part.startswith("bp_")
    )
    assert secret not in visitor.get("/account").text
    assert secret not in str(world.everything())
    caller = ApiClient(visitor.http, secret)
    assert json_of(caller.get("/me"))["functions"] == ["clients:client:read"]
    assert "my script" in visitor.get("/account").text
    (made,) = events(world, "token.made")
    assert (made.facts["name"], made.facts["days"]) == ("my script", 30)
    with world.database.reading() as session:
        token_id = session.scalars(select(ApiToken.id)).one()
    assert send(visitor, f"/account/tokens/{token_id}/revoke").status_code == 303
    assert caller.get("/me").status_code == 401
    assert len(events(world, "token.revoked")) == 1


def test_a_token_is_good_until_its_day(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    visitor = visit("maria")
    page = make_token(visitor, token__days="30")
    secret = next(
        part.split('"')[0] for part in page.text.split('value="') if part.startswith("bp_")
    )
    caller = ApiClient(visitor.http, secret)
    world.clock.at += timedelta(days=30) - timedelta(seconds=1)
    json_of(caller.get("/me"))
    world.clock.at += timedelta(seconds=1)
    assert caller.get("/me").status_code == 401
    assert "expired" in caller.get("/me").get_json()["detail"]


@ON_SQLITE
def test_the_use_of_a_token_is_written_down_once_a_minute(
    world: World, api: Callable[[str], ApiClient]
) -> None:
    caller = api("maria")
    before = world.everything()
    world.clock.at += timedelta(seconds=59)
    caller.get("/me")
    assert world.everything() == before
    world.clock.at += timedelta(seconds=1)
    caller.get("/me")
    assert changed_tables(before, world.everything()) == {"api_token"}


@ON_SQLITE
@pytest.mark.parametrize(
    "typed",
    [
        {"token__functions": []},
        {"token__functions": ["rights:department:change"]},
        {"token__functions": ["clients:client:read", "no:such:function"]},
        {"token__name": ""},
        {"token__name": "x" * 129},
        {"token__password": ""},
        {"token__days": "4000"},
        {"token__days": "-1"},
    ],
)
def test_a_token_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    world: World, visit: Visit, typed: dict[str, object]
) -> None:
    visitor = visit("maria")
    before = world.everything()
    answer = make_token(visitor, **typed)
    assert answer.status_code == 422
    assert world.everything() == before
    assert field(answer, "token-name") == typed.get("token__name", "my script")


@ON_SQLITE
def test_a_clients_user_makes_a_token_for_their_own_data(world: World, visit: Visit) -> None:
    give_password(world, "stoyanova")
    visitor = visit("stoyanova")
    page = make_token(visitor, token__functions=["orders:history:read"])
    caller = ApiClient(visitor.http, secret_of(page))
    own, other = world.client_id("stoyanova"), world.client_id("balkan.media")
    me = json_of(caller.get("/me"))
    assert (me["kind"], me["client_id"], me["functions"]) == (
        "client",
        own,
        ["orders:history:read"],
    )
    json_of(caller.get(f"/clients/{own}/orders"))
    assert caller.get(f"/clients/{other}/orders").status_code == 404
    assert caller.get(f"/clients/{own}/balance").status_code == 403
    assert "my script" in visitor.get("/account").text


@ON_SQLITE
def test_a_token_does_no_more_than_its_owner_may_now(
    world: World, api: Callable[[str], ApiClient]
) -> None:
    hold_only(world, "georgi", "clients:client:read", "orders:history:read")
    caller = api("georgi")
    world.change(ApiToken, {"name": "test"}, functions=["clients:client:read", "rights:read"])
    assert json_of(caller.get("/me"))["functions"] == ["clients:client:read"]
    hold_only(world, "georgi", "orders:history:read")
    assert json_of(caller.get("/me"))["functions"] == []
    assert caller.get("/clients").status_code == 403


@ON_SQLITE
def test_a_clients_user_has_an_account_too(visit: Visit) -> None:
    page = visit("stoyanova").get("/account")
    assert page.status_code == 200
    assert '<div class="account">' in page.text


# --- issue 11: A7, A8, R17 ----------------------------------------------------------------------


def secret_of(page: TestResponse) -> str:
    return next(part.split('"')[0] for part in page.text.split('value="') if part.startswith("bp_"))


@ON_SQLITE
def test_a7_a_token_takes_the_password_and_the_code_of_the_factor(
    world: World, visit: Visit
) -> None:
    give_password(world, "maria")
    visitor, code = visit("maria"), app_of(world, "maria").at(world.clock.now())
    for given in (
        {"token__password": "wrong", "token__code": code},
        {"token__code": "000000"},
        {"token__code": ""},
    ):
        answer = make_token(visitor, **given)
        assert answer.status_code == 422
        assert field(answer, "token-name") == "my script"
        assert world.everything()["api_token"] == []
    assert secret_of(make_token(visitor, token__code=code))


@ON_SQLITE
@pytest.mark.parametrize("narrowed", [True, False])
def test_a7_a_required_second_factor_binds_tokens_too(
    world: World, api: Callable[[str], ApiClient], *, narrowed: bool
) -> None:
    caller = api("maria")
    if narrowed:
        world.change(ApiToken, {"name": "test"}, functions=["clients:client:read"])
    json_of(caller.get("/me"))
    world.change(Department, {"key": "order_desk"}, second_factor=True)
    before = world.everything()
    for answer in (caller.get("/me"), caller.post("/orders/1/transitions", {})):
        assert answer.status_code == 403
        assert answer.get_json()["code"] == "second_factor_required"
    assert world.everything() == before
    app_of(world, "maria")
    json_of(caller.get("/me"))


@ON_SQLITE
def test_a7_a_changed_password_ends_the_tokens_and_the_page_says_so_before(
    world: World, visit: Visit, api: Callable[[str], ApiClient]
) -> None:
    give_password(world, "maria")
    caller, other = api("maria"), api("georgi")
    visitor = visit("maria")
    assert "and your token will be revoked" in visitor.get("/account").text
    assert change(visitor, PASSWORD, ANOTHER).status_code == 303
    assert caller.get("/me").status_code == 401
    json_of(other.get("/me"))
    (event,) = events(world, "password.changed")
    assert event.facts["tokens"] == 1


@ON_SQLITE
def test_a7_a_link_ends_tokens_and_the_outside_account(
    world: World, visit: Visit, api: Callable[[str], ApiClient]
) -> None:
    caller, path = api("maria"), link_for(world, "maria")
    user_id = world.actor("maria").user_id or 0
    with world.database.writing() as session:
        bind(session, user_id, "https://id.example", "7", at=world.clock.now())
    assert visit().send(path, password=ANOTHER, again=ANOTHER).status_code == 302
    assert caller.get("/me").status_code == 401
    assert world.everything()["outside_identity"] == []


@ON_SQLITE
def test_a7_the_tokens_of_somebody_disabled_do_not_come_back(
    world: World, api: Callable[[str], ApiClient]
) -> None:
    caller, owner = api("maria"), world.actor("owner")
    staff_id = world.actor("maria").staff_id or 0
    for disabled in (True, False):
        with world.database.writing() as session:
            now = staff_details(find_staff(session, owner, staff_id), owner)
            details = replace(now, disabled=disabled)
            change_staff(session, staff_id, details, actor=owner, clock=world.clock)
        assert caller.get("/me").status_code == 401


@ON_SQLITE
def test_a8_a_second_factor_is_set_up_only_where_and_when_the_password_was_given(
    world: World, visit: Visit
) -> None:
    give_password(world, "maria")
    here, elsewhere = visit("maria"), visit("maria")
    begun = send(here, "/account/second-factor", factor_password=PASSWORD).location
    key = key_on(here.get(begun))
    # another session of hers stands open somewhere
    assert elsewhere.get(begun).location == "/account"
    form = {"csrf_token": elsewhere.token("/account"), "code": key.at(world.clock.now())}
    assert elsewhere.http.post(begun, data=form).location == "/account"
    (factor,) = world.everything()["second_factor"]
    assert factor[-1] is None


@ON_SQLITE
def test_a8_a_confirmation_is_for_one_thing_for_minutes_and_once(
    world: World, visit: Visit
) -> None:
    give_password(world, "maria")
    visit("maria")
    signing_in, secret = world.panel.signing_in, new_session(world, "maria")
    with pytest.raises(Invalid):
        confirm(signing_in, secret, Purpose.CONNECT, Given("wrong"), Browser())

    def use(purpose: Purpose) -> None:
        with world.database.writing() as session:
            use_confirmation(session, secret, purpose, at=world.clock.now())

    confirm(signing_in, secret, Purpose.CONNECT, Given(PASSWORD), Browser())
    with pytest.raises(Refused):
        use(Purpose.NEW_TOKEN)
    use(Purpose.CONNECT)
    with pytest.raises(Refused):
        use(Purpose.CONNECT)
    confirm(signing_in, secret, Purpose.CONNECT, Given(PASSWORD), Browser())
    world.clock.at += GOOD_FOR
    with pytest.raises(Refused):
        use(Purpose.CONNECT)


@ON_SQLITE
def test_r17_a_person_has_so_many_tokens_and_no_more(world: World, visit: Visit) -> None:
    give_password(world, "maria")
    for _ in range(MOST_TOKENS):
        world.token("maria")
    visitor = visit("maria")
    answer = make_token(visitor)
    assert answer.status_code == 422
    assert "more than 50 tokens; revoke one first" in answer.text
    assert len(world.everything()["api_token"]) == MOST_TOKENS
    # one that has expired does not count
    world.change(ApiToken, {"id": 1}, expires_at=world.clock.now())
    assert secret_of(make_token(visitor))
