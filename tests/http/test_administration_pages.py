"""The pages of the administration: what is typed is saved, or is still there beside the reason."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import Tariff
from permissions.models import StaffFunction
from tests.http.engines import ON_SQLITE
from tests.http.form import fill, form_of
from tests.http.visitor import Element, Visitor, assert_nothing_inline, elements, field
from tests.world import World, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]

NEW: dict[str, dict[str, Any]] = {
    "/providers/new": {
        "key": "acme",
        "name": "Acme",
        "legal_name": "Acme OOD",
        "address": "1 Main St",
        "city": "Sofia",
        "country": "BG",
        "vat_number": "BG204512345",
    },
    "/tariffs/new?provider=nordvik&kind=service": {
        "key": "web",
        "titles__en": "Web",
        "category": "hosting",
        "prices__0__months": "1",
        "prices__0__amount": "4.90",
    },
    "/client-groups/new": {"key": "guests", "titles__en": "Guests", "discount_percent": "7,5"},
    "/staff/new": {"login": "ivan", "name": "Ivan", "departments": ["order_desk"]},
    "/permissions/departments/new": {"key": "night", "titles__bg": "Нощна смяна"},
    "/clients/new": {"login": "shop.bg", "name": "Shop OOD", "provider": "sever"},
}
CHANGED = (
    "/providers/nordvik",
    "/tariffs/1",
    "/client-groups/1",
    "/staff/1",
    "/permissions/departments/1",
    "/clients/1",
)


def post(visitor: Visitor, action: str, fields: Any) -> TestResponse:
    return visitor.http.post(action, data=fields)


def marked_as_needed(page: TestResponse) -> list[str]:
    return [str(e.attributes["name"]) for e in elements(page) if "required" in e.attributes]


def is_faulty(element: Element) -> bool:
    return element.attributes.get("aria-invalid") == "true"


@pytest.mark.parametrize("path", NEW)
def test_what_is_entered_is_there_afterwards(visit: Visit, path: str) -> None:
    visitor = visit("owner")
    action, fields = fill(visitor.get(path), **NEW[path])
    saved = post(visitor, action, fields)
    assert saved.status_code == 303, saved.text
    name = "login" if "login" in fields else "key"
    kept = visitor.get(saved.location).text
    # what can't be changed any more is said, and is no field
    assert f"<dd>{fields[name]}</dd>" in kept or f'value="{fields[name]}"' in kept


@pytest.mark.parametrize("path", NEW)
def test_an_empty_form_is_refused_and_told_field_by_field(
    visit: Visit, world: World, path: str
) -> None:
    visitor = visit("owner")
    before = world.everything()
    words = [name for name, typed in NEW[path].items() if isinstance(typed, str)]
    action, fields = fill(visitor.get(path), **dict.fromkeys({*words} - {"provider"}, ""))
    answer = post(visitor, action, fields)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "Nothing saved yet" in answer.text
    assert_nothing_inline(answer)
    assert world.everything() == before


@pytest.mark.parametrize("path", NEW)
def test_a_field_marked_as_needed_is_refused_when_empty(
    visit: Visit, world: World, path: str
) -> None:
    visitor = visit("owner")
    page = visitor.get(path)
    assert "Fields with * are required." in page.text
    marked = marked_as_needed(page)
    assert marked
    before = world.everything()
    for name in marked:
        action, fields = fill(page, **{**NEW[path], name: ""})
        answer = post(visitor, action, fields)
        assert answer.status_code == 422
        assert [e.attributes["name"] for e in elements(answer) if is_faulty(e)] == [name]
        assert world.everything() == before


@pytest.mark.parametrize("path", NEW)
def test_a_field_that_is_not_marked_may_stay_empty(visit: Visit, path: str) -> None:
    visitor = visit("owner")
    page = visitor.get(path)
    optional = {
        element.attributes.get("name", "")
        for element in elements(page)
        if element.attributes.get("type") == "text" and "required" not in element.attributes
    }
    action, fields = fill(page, **NEW[path])
    for name in optional & set(fields) - {name.replace("__", "-") for name in NEW[path]}:
        fields[name] = ""
    answer = post(visitor, action, fields)
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("path", CHANGED)
def test_saving_what_is_there_changes_nothing(visit: Visit, world: World, path: str) -> None:
    visitor = visit("owner")
    before = world.everything()
    action, fields = form_of(visitor.get(path))
    assert post(visitor, action, fields).status_code == 303
    assert world.everything() == before


@pytest.mark.parametrize("path", CHANGED)
def test_the_second_of_two_sees_the_difference_and_loses_nothing(visit: Visit, path: str) -> None:
    first, second = visit("owner"), visit("owner")
    name = {"/tariffs/1": "category", "/providers/nordvik": "phone", "/clients/1": "phone"}.get(
        path, "titles__en" if path.startswith(("/client-groups", "/permissions")) else "name"
    )
    action, mine = fill(first.get(path), **{name: "mine"})
    _, yours = fill(second.get(path), **{name: "yours"})
    assert post(first, action, mine).status_code == 303
    answer = post(second, action, yours)
    assert answer.status_code == 409
    assert "mine" in answer.text
    _, still_typed = form_of(answer)
    assert still_typed[name.replace("__", "-")] == "yours"
    assert post(second, action, still_typed).status_code == 303


@pytest.mark.parametrize("path", [*NEW, *CHANGED])
def test_a_field_the_form_does_not_have_is_refused(visit: Visit, world: World, path: str) -> None:
    visitor = visit("owner")
    action, fields = fill(visitor.get(path), **NEW.get(path, {}), superuser="1")
    before = world.everything()
    answer = post(visitor, action, fields)
    assert answer.status_code == 422
    assert "superuser" in answer.text
    assert world.everything() == before


def test_a_row_is_taken_away_by_its_box_and_an_empty_one_is_none(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    with world.database.reading() as session:
        tariff = session.scalars(select(Tariff).filter_by(key="web-start")).one()
        months = [price.months for price in tariff.prices]
    action, fields = fill(
        visitor.get(f"/tariffs/{tariff.id}"), prices__0__remove="y", prices__0__amount="nonsense"
    )
    assert post(visitor, action, fields).status_code == 303
    with world.database.reading() as session:
        prices = session.get_one(Tariff, tariff.id).prices
        assert [price.months for price in prices] == months[1:]


def test_an_error_stands_beside_the_row_it_is_in(visit: Visit) -> None:
    visitor = visit("owner")
    action, fields = fill(
        visitor.get("/tariffs/new?provider=nordvik&kind=service"),
        **{
            **NEW["/tariffs/new?provider=nordvik&kind=service"],
            "prices__0__months": "",
            "prices__0__amount": "",
        },
        prices__2__months="12",
        prices__2__amount="4,9oo",
    )
    answer = post(visitor, action, fields)
    assert 'id="prices-2-amount-error"' in answer.text
    assert 'value="4,9oo"' in answer.text


def test_a_title_is_escaped(visit: Visit) -> None:
    visitor = visit("owner")
    attack = "<img src=x onerror=alert(1)>"
    action, fields = fill(
        visitor.get("/client-groups/new"), key="x", titles__en=attack, titles__ru="", titles__bg=""
    )
    assert post(visitor, action, fields).status_code == 303
    assert attack not in visitor.get("/client-groups").text
    assert attack not in visitor.get("/clients/1").text


def test_terms_a_person_may_not_change_are_fixed_and_cannot_be_sent(
    visit: Visit, world: World
) -> None:
    staff = world.actor("maria").staff_id
    with world.database.writing() as session:
        session.add(StaffFunction(staff_id=staff, function="clients:client:block", on=True))
    visitor = visit("maria")
    page = visitor.get("/clients/1")
    action, fields = form_of(page)
    assert "nordvik-credit_limit" not in fields
    before = world.everything()
    crafted = {**fields.to_dict(), "nordvik-credit_limit": "99999", "nordvik-group": "vip"}
    assert post(visitor, action, {**crafted, "name": "Somebody Else"}).status_code == 303
    assert world.everything() == before
    _, typed = fill(page, nordvik__blocked="y", nordvik__blocked_reason="fraud")
    assert post(visitor, action, typed).status_code == 303
    assert field(visitor.get("/clients/1"), "nordvik-blocked_reason") == "fraud"


def test_requisites_and_terms_are_saved_together_or_not_at_all(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    before = world.everything()
    action, fields = fill(
        visitor.get("/clients/1"), name="New Name OOD", nordvik__credit_limit="a lot"
    )
    answer = post(visitor, action, fields)
    assert answer.status_code == 422
    assert 'id="nordvik-credit_limit-error"' in answer.text
    assert field(answer, "name") == "New Name OOD"
    assert world.everything() == before
    fields["nordvik-credit_limit"] = "750,50"
    assert post(visitor, action, fields).status_code == 303
    kept = visitor.get("/clients/1")
    assert (field(kept, "name"), field(kept, "nordvik-credit_limit")) == ("New Name OOD", "750.50")


def test_two_people_who_change_different_things_both_get_them(visit: Visit) -> None:
    first, second = visit("owner"), visit("owner")
    path = "/providers/nordvik"
    action, mine = fill(first.get(path), phone="1", email="first@example.com")
    _, yours = fill(second.get(path), city="Varna")
    assert post(first, action, mine).status_code == 303
    answer = post(second, action, yours)
    assert answer.status_code == 409
    assert "first@example.com" in answer.text
    _, together = form_of(answer)
    assert post(second, action, together).status_code == 303
    kept = first.get(path)
    values = [field(kept, name) for name in ("phone", "email", "city")]
    assert values == ["1", "first@example.com", "Varna"]


def test_a_client_shared_with_another_provider_is_not_taken_over_from_one(
    visit: Visit, world: World
) -> None:
    staff = world.actor("georgi").staff_id
    with world.database.writing() as session:
        for function in ("clients:client:invite", "clients:client:change"):
            session.add(StaffFunction(staff_id=staff, function=function, on=True))
    visitor = visit("georgi")
    shared = world.client_id("romashka")
    action, fields = fill(visitor.get(f"/clients/{shared}"), name="Mine now")
    token = fields["csrf_token"]
    before = world.everything()
    assert post(visitor, action, fields).status_code == 403
    link = visitor.http.post(f"/clients/{shared}/sign-in-link", data={"csrf_token": token})
    assert link.status_code == 403
    assert "/choose-password/" not in link.text
    assert world.everything() == before


def test_a_sign_in_link_does_not_outlive_a_change_of_rights(visit: Visit) -> None:
    owner, thief = visit("owner"), visit()
    action, fields = fill(owner.get("/staff/new"), **NEW["/staff/new"])
    page = post(owner, action, fields).location
    answer = owner.send(f"{page}/sign-in-link")
    link = next(part for part in answer.text.split('"') if "/choose-password/" in part)
    path = link[link.index("/choose-password") :]
    assert thief.get(path).status_code == 200
    action, fields = fill(owner.get(page), departments=["order_desk", "finance"])
    assert post(owner, action, fields).status_code == 303
    assert thief.get(path).status_code == 404


def test_a_sign_in_link_is_shown_once_and_works_once(visit: Visit) -> None:
    owner, ivan = visit("owner"), visit()
    action, fields = fill(owner.get("/staff/new"), **NEW["/staff/new"])
    page = post(owner, action, fields).location
    answer = owner.send(f"{page}/sign-in-link")
    link = next(part for part in answer.text.split('"') if "/choose-password/" in part)
    path = link[link.index("/choose-password") :]
    words = "a sentence long enough"
    ivan.http.post(path, data={"csrf_token": ivan.token(path), "password": words, "again": words})
    assert ivan.is_known()
    assert "/choose-password/" not in owner.get(page).text
    assert visit().get(path).status_code == 404


def test_a_logo_is_uploaded_shown_and_taken_away(visit: Visit) -> None:
    visitor = visit("owner")
    written = BytesIO()
    Image.new("RGB", (20, 10), "navy").save(written, format="PNG")
    token = visitor.token("/providers/nordvik")

    def send(**fields: Any) -> TestResponse:
        return visitor.http.post("/providers/nordvik/logo", data={"csrf_token": token, **fields})

    assert send(logo=(BytesIO(written.getvalue()), "logo.png")).status_code == 303
    shown = visitor.get("/providers/nordvik/logo.png")
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    refused = send(logo=(BytesIO(b"<svg/>"), "logo.png"))
    assert refused.status_code == 422
    assert "A PNG or JPEG" in refused.text
    assert send(remove="1").status_code == 303
    assert visitor.get("/providers/nordvik/logo.png").status_code == 404


def test_stock_is_moved_with_a_reason_and_a_refusal_keeps_what_was_typed(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    with world.database.reading() as session:
        tariff_id = session.scalars(select(Tariff.id).filter_by(key="sfp-10g")).one()
    path = f"/tariffs/{tariff_id}/stock"
    refused = visitor.send(path, by="-99", reason="sold by hand")
    assert refused.status_code == 422
    assert (field(refused, "by"), field(refused, "reason")) == ("-99", "sold by hand")
    assert world.stock("sfp-10g") == 10
    assert visitor.send(path, by="-4", reason="sold by hand").status_code == 303
    assert world.stock("sfp-10g") == 6


def test_a_way_out_is_shown_to_its_holders_alone(visit: Visit) -> None:
    path = "/clients/5/orders/new"
    assert "Unblock" in visit("owner").get(path).text
    maria = visit("maria").get(path).text
    assert "The client is blocked" in maria
    assert "Unblock</a>" not in maria


def test_the_menu_shows_only_what_the_person_may_open(visit: Visit) -> None:
    owner, maria = visit("owner").get("/").text, visit("maria").get("/").text
    for place in ("/providers", "/tariffs", "/client-groups", "/staff", "/permissions"):
        assert f'href="{place}"' in owner
        assert f'href="{place}"' not in maria


def test_a_client_sees_nothing_of_the_administration(visit: Visit) -> None:
    visitor = visit("stoyanova")
    for path in (*NEW, *CHANGED, "/providers", "/staff"):
        assert visitor.get(path).status_code in {403, 404}, path


def test_an_empty_list_says_what_to_do_next(visit: Visit) -> None:
    visitor = visit("owner")
    assert "No matching tariffs" in visitor.get("/tariffs?query=nothing-like-it").text


def test_orders_of_a_provider_without_a_workflow_wait_for_it(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    action, fields = fill(visitor.get("/providers/new"), **NEW["/providers/new"])
    post(visitor, action, fields)
    with world.database.reading() as session:
        assert session.scalar(select(Provider).filter_by(key="acme")) is not None
    action, fields = fill(
        visitor.get("/clients/new"), **{**NEW["/clients/new"], "provider": "acme"}
    )
    client = post(visitor, action, fields).location
    page = visitor.get(f"{client}/orders/new")
    assert page.status_code == 422
    assert "choose how they run" in page.text
    assert visitor.send("/providers/acme/workflow", workflow="hosting").status_code == 303
    assert visitor.get(f"{client}/orders/new").status_code == 200
    assert visitor.send("/providers/acme/workflow", workflow="hosting").status_code == 409


def test_a_tariff_changed_meanwhile_is_ordered_at_its_new_price(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    with world.database.reading() as session:
        tariff_id = session.scalars(select(Tariff.id).filter_by(key="web-start")).one()
    action, fields = fill(visitor.get(f"/tariffs/{tariff_id}"), prices__0__amount="9.90")
    assert post(visitor, action, fields).status_code == 303
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    assert order.goods == 990


def test_tariffs_are_found_by_title_in_any_alphabet_and_case(visit: Visit) -> None:
    visitor = visit("owner")
    page = visitor.get("/tariffs?query=СЕРВЕР ПОД").text
    assert "server-pod-zakaz" in page
    assert "oblako-2" not in page


def test_a_payment_system_is_chosen_among_those_there_are_keys_for(visit: Visit) -> None:
    visitor = visit("owner")
    path = "/providers/nordvik"
    action, fields = fill(visitor.get(path), payment_gateway="stripe")
    assert post(visitor, action, fields).status_code == 422
    action, fields = fill(visitor.get(path), payment_gateway="sandbox")
    assert post(visitor, action, fields).status_code == 303
    _, kept = form_of(visitor.get(path))
    assert kept["payment_gateway"] == "sandbox"


def test_how_far_balances_go_is_said_on_the_providers_page(
    world: World, visit: Callable[..., Visitor]
) -> None:
    owner = visit("owner")
    action, typed = fill(
        owner.get("/providers/nordvik"),
        balance_may_go_below="y",
        points_for="10,00",
        points_last_days="365",
    )
    assert owner.http.post(action, data=typed).status_code == 303
    with world.database.reading() as session:
        nordvik = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        assert (nordvik.balance_may_go_below, nordvik.points_for) == (True, 1000)
        assert nordvik.points_last_days == 365
    client_id = world.client_id("balkan.media")
    debit = {"provider": "nordvik", "account": "money", "amount": "1700", "reason": "fee"}
    sent = owner.send(f"/clients/{client_id}/balance/debit", **debit, after="-41550")
    assert sent.status_code == 303
    page = owner.get("/providers/nordvik")
    action, typed = fill(page, balance_may_go_below=None)
    before = world.everything()
    refused = owner.http.post(action, data=typed)
    assert refused.status_code == 422
    assert "Balkan Media OOD: The balance is already -€415.50" in refused.text
    assert world.everything() == before
    action, typed = fill(owner.get(f"/clients/{client_id}"), **{"nordvik-credit_limit": "400"})
    refused = owner.http.post(action, data=typed)
    assert refused.status_code == 422
    assert "The balance is already -€415.50" in refused.text
    assert world.everything() == before


def test_25_a_new_tariff_asks_of_which_provider_it_is(visit: Callable[..., Visitor]) -> None:
    owner = visit("owner")
    assert 'href="/tariffs/new"' in owner.get("/tariffs").text
    page = owner.get("/tariffs/new").text
    for key in ("nordvik", "sever"):
        assert f'href="/tariffs/new?provider={key}"' in page
    assert 'href="/tariffs/new?provider=sever"' in owner.get("/tariffs?provider=sever").text


FIELDS = {
    "service": {"setup_fee", "availability", "lead_time_days", "options-0-key"},
    "goods": {"availability", "lead_time_days", "needs_delivery", "options-0-key"},
    "time_package": {"hours"},
    "bundle": {
        *("setup_fee", "availability", "lead_time_days", "needs_delivery", "components-0-tariff")
    },
}


@pytest.mark.parametrize("kind", FIELDS)
def test_16_a_new_tariff_has_the_fields_of_its_kind_alone(visit: Visit, kind: str) -> None:
    owner = visit("owner")
    assert f"provider=nordvik&amp;kind={kind}" in owner.get("/tariffs/new?provider=nordvik").text
    page = owner.get(f"/tariffs/new?provider=nordvik&kind={kind}")
    there = {str(e.attributes["name"]) for e in elements(page) if e.attributes.get("name")}
    told = {name for names in FIELDS.values() for name in names}
    assert there & told == FIELDS[kind]
    assert "kind" not in there


def test_16_nobody_changes_what_is_settled(visit: Visit, world: World) -> None:
    owner = visit("owner")
    crafted = {
        "/providers/nordvik": {"key": "acme", "currency": "USD", "prices_include_tax": "y"},
        "/tariffs/1": {"kind": "goods", "hours": "5"},
        "/clients/1": {"login": "somebody"},
    }
    for path, more in crafted.items():
        before = world.everything()
        action, fields = form_of(owner.get(path))
        for name, value in more.items():
            assert name not in fields
            answer = post(owner, action, {**fields.to_dict(), name: value})
            assert answer.status_code == 422, name
        assert world.everything() == before


def test_16_a_section_is_open_while_something_in_it_is_filled_in_or_wrong(visit: Visit) -> None:
    owner = visit("owner")

    def is_open(page: TestResponse, section: str) -> bool:
        before = page.text.partition(f'id="section-{section}"')[0]
        return "open" in before.rpartition("<details")[2].partition(">")[0]

    path = "/providers/new"
    page = owner.get(path)
    assert not is_open(page, "balance_may_go_below")
    assert not is_open(page, "terms_titles")
    action, fields = fill(page, **NEW[path], points_last_days="nonsense")
    refused = post(owner, action, fields)
    assert refused.status_code == 422
    assert is_open(refused, "balance_may_go_below")
    assert not is_open(refused, "terms_titles")
    assert field(refused, "points_last_days") == "nonsense"
    assert is_open(owner.get("/providers/nordvik"), "delivery_services")


def test_16_a_country_is_chosen_by_its_name_in_the_readers_language(visit: Visit) -> None:
    owner = visit("owner")
    path = "/providers/new"
    action, fields = fill(owner.get(path), **{**NEW[path], "country": "bulgaria"})
    assert post(owner, action, fields).status_code == 303
    assert field(owner.get("/providers/acme"), "country") == "BG"


def test_15_a_providers_page_leads_to_what_belongs_to_it(visit: Visit, world: World) -> None:
    places = ("/orders", "/tariffs", "/clients", "/order-statuses/nordvik")
    asked = {
        place: place if "nordvik" in place else f"{place}?provider=nordvik" for place in places
    }
    owner = visit("owner")
    page = owner.get("/providers/nordvik").text
    for address in asked.values():
        assert f'href="{address}"' in page
        assert owner.get(address).status_code == 200
    assert "stoyanova" in owner.get(asked["/clients"]).text
    assert "stoyanova" not in owner.get("/clients?provider=sever").text
    assert "No matching clients" in owner.get("/clients?provider=sever&query=stoyanova").text
    staff = world.actor("maria").staff_id
    with world.database.writing() as session:
        session.add(StaffFunction(staff_id=staff, function="providers:provider:change", on=True))
    page = visit("maria").get("/providers/nordvik").text
    assert f'href="{asked["/orders"]}"' in page
    assert f'href="{asked["/tariffs"]}"' not in page
