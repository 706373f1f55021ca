"""Providers, tariffs, groups, clients and staff are entered and changed, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, find_provider
from billing_panel.accounts.companies.provider_models import Logo, MethodKind, Provider
from billing_panel.accounts.people.client_models import Client, ClientGroup, ClientKind
from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.catalog.change_stock import change_stock
from billing_panel.administration.catalog.change_tariff import change_tariff, create_tariff
from billing_panel.administration.catalog.tariff_details import (
    OptionDetails,
    PartDetails,
    PriceDetails,
    TariffDetails,
    tariff_details,
)
from billing_panel.administration.clients.change_client import change_client, create_client
from billing_panel.administration.clients.change_client_terms import (
    change_membership,
    join_provider,
)
from billing_panel.administration.clients.client_details import (
    ClientDetails,
    MembershipDetails,
    client_details,
    membership_details,
)
from billing_panel.administration.clients.client_groups import (
    GroupDetails,
    group_details,
    save_group,
)
from billing_panel.administration.clients.client_owner_to_invite import (
    user_to_invite as client_to_invite,
)
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.administration.providers.change_provider import change_provider, create_provider
from billing_panel.administration.providers.logos import Picture, as_png, set_picture
from billing_panel.administration.providers.provider_details import (
    DeliveryDetails,
    MethodDetails,
    ProviderDetails,
    RateDetails,
    provider_details,
)
from billing_panel.administration.staff.change_staff import (
    StaffDetails,
    change_staff,
    create_staff,
    staff_details,
    user_to_invite,
)
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import TariffKind
from billing_panel.kernel.language.errors import (
    Conflict,
    Forbidden,
    FunctionNotHeld,
    Invalid,
    NotFound,
    Refused,
)
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from tests.http.visitor import new_session
from tests.world import World, line

ACME = ProviderDetails(
    key="acme",
    name="Acme",
    legal_name="Acme OOD",
    country="BG",
    address="1 Main St",
    post_code="1000",
    city="Sofia",
    vat_number="BG204512345",
    currency="EUR",
    tax_rates=[RateDetails("standard", date(2020, 1, 1), Decimal(20))],
    payment_methods=[MethodDetails(MethodKind.BANK_TRANSFER)],
)
WEB = TariffDetails(
    key="web",
    titles={"en": "Web"},
    kind=TariffKind.SERVICE,
    category="hosting",
    tax_class="standard",
    prices=[PriceDetails(1, "4.90"), PriceDetails(12, "49")],
)
SHOP = ClientDetails(login="shop.bg", name="Shop OOD", kind=ClientKind.COMPANY, country="BG")
DESK = StaffDetails(login="ivan", name="Ivan", departments=["order_desk"], providers=["nordvik"])


def with_functions(actor: Actor, *functions: str) -> Actor:
    """The same person, who holds these functions too."""
    return replace(actor, functions=actor.functions | {*functions})


def act(world: World, action: Any, *arguments: Any, as_: str | Actor = "owner", **more: Any) -> Any:
    actor = world.actor(as_) if isinstance(as_, str) else as_
    with world.database.writing() as session:
        return action(session, *arguments, actor=actor, clock=world.clock, **more)


def wrong_fields(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [wrong.field for wrong in error.value.errors]


def provider_now(world: World, key: str) -> ProviderDetails:
    with world.database.reading() as session:
        return provider_details(find_provider(session, world.actor("owner"), key))


def tariff_now(world: World, key: str) -> TariffDetails:
    with world.database.reading() as session:
        tariff = session.scalars(select(Tariff).filter_by(key=key)).one()
        currency = session.get_one(Provider, tariff.provider_id).currency
        return tariff_details(session, tariff, currency)


def id_of(world: World, model: Any, **where: Any) -> int:
    with world.database.reading() as session:
        return int(session.scalars(select(model.id).filter_by(**where)).one())


def staff_id(world: World, login: str) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Staff.id).join(User).filter_by(login=login)).one()


def facts_of(world: World, kind: str) -> Any:
    with world.database.reading() as session:
        return session.scalars(select(Event.facts).filter_by(kind=kind).order_by(-Event.id)).first()


# providers


def test_a_provider_is_entered_with_all_that_belongs_to_it(world: World) -> None:
    act(world, create_provider, ACME)
    assert provider_now(world, "acme") == ACME


def test_whoever_enters_a_provider_works_for_it(world: World) -> None:
    maria = with_functions(world.actor("maria"), "providers:provider:create")
    made = act(world, create_provider, ACME, as_=maria)
    assert made.id in (world.actor("maria").provider_ids or ())


def test_everything_wrong_with_a_provider_is_told_at_once(world: World) -> None:
    before = world.everything()
    bad = replace(
        ACME,
        key="Not a key",
        legal_name=" ",
        country="Bulgaria",
        currency="EURO",
        timezone="Sofia",
        vat_number="BG1",
        email="nobody",
        bank_iban="BG00",
        bank_bic="B",
        series_fiscal="no number",
        tax_rates=[RateDetails("", None, Decimal(101))],
        delivery_services=[DeliveryDetails("x", {}, "-1", "unknown")],
    )
    with pytest.raises(Invalid) as error:
        act(world, create_provider, bad)
    assert {*wrong_fields(error)} == {
        "key",
        "legal_name",
        "country",
        "currency",
        "timezone",
        "email",
        "bank_iban",
        "bank_bic",
        "series_fiscal",
        "tax_rates.0.tax_class",
        "tax_rates.0.since",
        "tax_rates.0.percent",
        "delivery_services.0.titles",
        "delivery_services.0.tax_class",
    }
    assert world.everything() == before


def test_two_providers_do_not_share_a_key(world: World) -> None:
    with pytest.raises(Invalid) as error:
        act(world, create_provider, replace(ACME, key="nordvik"))
    assert wrong_fields(error) == ["key"]


@pytest.mark.parametrize("change", [{"currency": "USD"}, {"prices_include_tax": True}])
def test_what_prices_stand_on_is_settled(world: World, change: dict[str, Any]) -> None:
    now = provider_now(world, "nordvik")
    before = world.everything()
    with pytest.raises(Invalid) as error:
        act(world, change_provider, "nordvik", replace(now, **change))
    assert wrong_fields(error) == [*change]
    assert world.everything() == before


def test_a_tax_class_that_tariffs_use_stays(world: World) -> None:
    now = provider_now(world, "nordvik")
    with pytest.raises(Invalid) as error:
        act(world, change_provider, "nordvik", replace(now, tax_rates=[]))
    assert "tax_rates" in wrong_fields(error)


def test_a_new_rate_counts_from_its_day(world: World) -> None:
    now = provider_now(world, "nordvik")
    rates = [*now.tax_rates, RateDetails("standard", date(2026, 11, 1), Decimal("21.5"))]
    act(world, change_provider, "nordvik", replace(now, tax_rates=rates))
    (order,) = world.place("maria", world.order("balkan.media", line("web-start", "1 month")))
    assert [tax.percent for tax in order.taxes] == [Decimal("21.5")]
    assert facts_of(world, "provider.changed")["changes"]["tax_rates"]


def test_a_method_taken_away_is_offered_to_nobody_and_old_orders_keep_it(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media", method="cash"))
    now = provider_now(world, "nordvik")
    kept = [method for method in now.payment_methods if method.kind is not MethodKind.CASH]
    act(world, change_provider, "nordvik", replace(now, payment_methods=kept))
    assert provider_now(world, "nordvik").payment_methods == kept
    with pytest.raises(Invalid):
        world.place("maria", world.order("stoyanova", line("web-start"), method="cash"))
    assert order.is_paid_by(MethodKind.CASH)


def paid_online(now: ProviderDetails, gateway: str | None) -> ProviderDetails:
    return replace(
        now,
        payment_methods=[
            replace(method, gateway=gateway if method.kind is MethodKind.CARD_GATEWAY else None)
            for method in now.payment_methods
        ],
    )


def test_a_payment_system_is_one_of_those_there_are_keys_for(world: World) -> None:
    before = world.everything()
    wanted = paid_online(provider_now(world, "nordvik"), "stripe")
    for known in ((), ("sandbox",)):
        with pytest.raises(Invalid) as error:
            act(world, change_provider, "nordvik", wanted, gateways=known)
        assert wrong_fields(error) == ["payment_gateway"]
    assert world.everything() == before
    act(world, change_provider, "nordvik", wanted, gateways=("stripe",))
    now = provider_now(world, "nordvik")
    assert now == wanted
    # one whose keys were taken away stays until somebody chooses another
    act(world, change_provider, "nordvik", replace(now, phone="1"))
    act(world, change_provider, "nordvik", paid_online(provider_now(world, "nordvik"), None))
    with pytest.raises(Invalid):
        act(world, change_provider, "nordvik", wanted)


def test_a_delivery_service_is_switched_off_not_taken_away(world: World) -> None:
    now = provider_now(world, "nordvik")
    with pytest.raises(Invalid) as error:
        act(world, change_provider, "nordvik", replace(now, delivery_services=[]))
    assert wrong_fields(error) == ["delivery_services"]
    off = [replace(service, offered=False) for service in now.delivery_services]
    act(world, change_provider, "nordvik", replace(now, delivery_services=off))
    assert not any(service.offered for service in provider_now(world, "nordvik").delivery_services)


def test_the_second_of_two_who_change_a_provider_is_told(world: World) -> None:
    seen = provider_now(world, "nordvik")
    act(world, change_provider, "nordvik", replace(seen, phone="1"), seen=state_of(seen))
    with pytest.raises(Conflict) as refusal:
        act(world, change_provider, "nordvik", replace(seen, phone="2"), seen=state_of(seen))
    assert refusal.value.code == "changed_meanwhile"
    assert provider_now(world, "nordvik").phone == "1"


def test_a_provider_out_of_scope_does_not_exist(world: World) -> None:
    georgi = with_functions(world.actor("georgi"), "providers:provider:change")
    with pytest.raises(NotFound):
        act(world, change_provider, "sever", provider_now(world, "sever"), as_=georgi)


def test_changing_nothing_writes_no_event(world: World) -> None:
    before = world.everything()
    act(world, change_provider, "nordvik", provider_now(world, "nordvik"))
    assert world.everything() == before


# logos


def picture(size: tuple[int, int] = (800, 400), kind: str = "PNG") -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "navy").save(written, format=kind)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_kept_as_a_small_png_without_what_came_along(world: World, kind: str) -> None:
    act(
        world,
        set_picture,
        "nordvik",
        Picture.LOGO,
        as_png(picture(kind=kind) + b"<script>stowaway</script>"),
    )
    with world.database.reading() as session:
        digest = find_provider(session, world.actor("owner"), "nordvik").logo
        kept = session.get_one(Logo, digest).png
    assert b"stowaway" not in kept
    assert Image.open(BytesIO(kept)).size == (480, 240)


@pytest.mark.parametrize(
    "upload",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:60], b"x" * 600_000],
    ids=["nothing", "GIF", "SVG", "half", "too long"],
)
def test_what_is_no_picture_is_refused(upload: bytes) -> None:
    with pytest.raises(Invalid) as error:
        as_png(upload)
    assert wrong_fields(error) == ["logo"]


def test_a_picture_too_large_to_unpack_is_refused() -> None:
    with pytest.raises(Invalid):
        as_png(picture((5000, 10)))


def test_an_issued_document_keeps_the_logo_of_its_day(world: World) -> None:
    act(world, set_picture, "nordvik", Picture.LOGO, as_png(picture()))
    (order,) = world.place("maria", world.order("balkan.media"))
    act(world, set_picture, "nordvik", Picture.LOGO, None)
    with world.database.reading() as session:
        assert session.get(Logo, order.documents[0].content["logo"]) is not None


def test_a_signature_and_a_stamp_are_on_what_is_issued_after_them_alone(world: World) -> None:
    def put(which: Picture, png: Any) -> None:
        with world.database.writing() as session:
            owner, clock = world.actor("owner"), world.clock
            set_picture(session, "nordvik", which, png, actor=owner, clock=clock)

    (before,) = world.place("maria", world.order("balkan.media", line("web-start", "12 months")))
    for which in (Picture.SIGNATURE, Picture.STAMP):
        put(which, as_png(picture(kind="PNG"), which))
    (after,) = world.place("maria", world.order("balkan.media", line("web-start", "12 months")))
    for order, has in ((before, False), (after, True)):
        content = order.documents[0].content
        assert [bool(content[name]) for name in ("logo", "signature", "stamp")] == [False, has, has]
    put(Picture.STAMP, None)
    (last,) = world.place("maria", world.order("balkan.media", line("web-start", "12 months")))
    assert (last.documents[0].content["stamp"], bool(after.documents[0].content["stamp"])) == (
        None,
        True,
    )
    with pytest.raises(Invalid) as error:
        as_png(b"GIF89a", Picture.STAMP)
    assert wrong_fields(error) == ["stamp"]


# tariffs


def test_a_tariff_is_entered_and_can_be_ordered(world: World) -> None:
    act(world, create_tariff, "nordvik", WEB)
    kept = tariff_now(world, "web")
    assert kept == replace(
        WEB, setup_fee="0.00", prices=[PriceDetails(1, "4.90"), PriceDetails(12, "49.00")]
    )
    (order,) = world.place("maria", world.order("stoyanova", line("web", "12 months")))
    assert order.goods == 4900


def test_a_tariff_keeps_options_parts_and_restrictions(world: World) -> None:
    details = replace(
        WEB,
        kind=TariffKind.BUNDLE,
        options=[OptionDetails("ram", {"en": "RAM"}, "GB", 4, 4, 64, "1.50")],
        components=[PartDetails("web-start", 1)],
        allowed_groups=["retail"],
        countries=["BG", "RO"],
        requires_one_of=["panel-license"],
        per_client_limit=2,
    )
    act(world, create_tariff, "nordvik", details)
    kept = tariff_now(world, "web")
    assert (kept.options, kept.components) == (details.options, details.components)
    assert (kept.allowed_groups, kept.countries) == (["retail"], ["BG", "RO"])
    assert kept.requires_one_of == ["panel-license"]
    act(world, change_tariff, id_of(world, Tariff, key="web"), replace(details, options=[]))
    assert tariff_now(world, "web").options == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "web-start"}, "key"),
        ({"titles": {}}, "titles"),
        ({"tax_class": "luxury"}, "tax_class"),
        ({"setup_fee": "1,5"}, "setup_fee"),
        ({"prices": []}, "prices"),
        ({"prices": [PriceDetails(1, "0.001")]}, "prices.0.amount"),
        ({"prices": [PriceDetails(None, "1")]}, "prices.0.months"),
        ({"prices": [PriceDetails(1, "1"), PriceDetails(1, "2")]}, "prices.1"),
        ({"prices": [PriceDetails(1, "-1")]}, "prices.0.amount"),
        ({"options": [OptionDetails("ram", {"en": "RAM"}, step=0)]}, "options.0.step"),
        ({"options": [OptionDetails("ram", {"en": "RAM"})]}, "options.0.maximum"),
        ({"components": [PartDetails("web-start", 1)]}, "components"),
        ({"kind": TariffKind.BUNDLE}, "components"),
        (
            {"kind": TariffKind.BUNDLE, "components": [PartDetails("nothing", 1)]},
            "components.0.tariff",
        ),
        ({"allowed_groups": ["nobody"]}, "allowed_groups"),
        ({"allowed_groups": ["retail"], "forbidden_groups": ["retail"]}, "forbidden_groups"),
        ({"countries": ["Bulgaria"]}, "countries"),
        ({"requires_one_of": ["web"]}, "requires_one_of"),
        ({"per_client_limit": -1}, "per_client_limit"),
    ],
)
def test_a_tariff_that_makes_no_sense_is_refused(
    world: World, change: dict[str, Any], field: str
) -> None:
    before = world.everything()
    with pytest.raises(Invalid) as error:
        act(world, create_tariff, "nordvik", replace(WEB, **change))
    assert field in wrong_fields(error)
    assert world.everything() == before


def test_a_bundle_stands_in_no_bundle(world: World) -> None:
    bundle = replace(WEB, kind=TariffKind.BUNDLE, components=[PartDetails("web-start", 1)])
    act(world, create_tariff, "nordvik", bundle)
    outer = replace(bundle, key="outer", components=[PartDetails("web", 1)])
    with pytest.raises(Invalid) as error:
        act(world, create_tariff, "nordvik", outer)
    assert wrong_fields(error) == ["components.0.tariff"]
    turned = replace(
        tariff_now(world, "web-start"),
        kind=TariffKind.BUNDLE,
        components=[PartDetails("panel-license", 1)],
    )
    with pytest.raises(Invalid) as error:
        act(world, change_tariff, id_of(world, Tariff, key="web-start"), turned)
    assert wrong_fields(error) == ["kind"]


def test_prices_are_changed_by_whoever_holds_the_function_alone(world: World) -> None:
    before = world.everything()
    with pytest.raises(FunctionNotHeld):
        act(world, create_tariff, "nordvik", WEB, as_="maria")
    assert world.everything() == before


def test_stock_is_moved_not_overwritten(world: World) -> None:
    tariff_id = id_of(world, Tariff, key="sfp-10g")
    before = world.stock("sfp-10g") or 0
    assert act(world, change_stock, tariff_id, 5, "bought") == before + 5
    assert act(world, change_stock, tariff_id, -2, "broken") == before + 3
    facts = facts_of(world, "tariff.stock_changed")
    assert facts == {"by": -2, "left": before + 3, "reason": "broken"}


def test_beginning_or_ceasing_to_count_asks_for_the_stock_too(world: World) -> None:
    """Issue 11, the kind of item 1: a field of a form that changes what another function guards."""
    sells = with_functions(world.actor("maria"), "catalog:tariff:change")
    for key in ("sfp-10g", "web-start"):
        tariff_id = id_of(world, Tariff, key=key)
        with world.database.reading() as session:
            now = tariff_details(session, session.get_one(Tariff, tariff_id), "EUR")
        switched = replace(now, counted=not now.counted)
        before = world.everything()
        with pytest.raises(FunctionNotHeld) as refusal:
            act(world, change_tariff, tariff_id, switched, as_=sells)
        assert refusal.value.function == "catalog:stock:change"
        assert world.everything() == before
        act(world, change_tariff, tariff_id, replace(now, archived=True), as_=sells)
        keeps = with_functions(sells, "catalog:stock:change")
        act(world, change_tariff, tariff_id, switched, as_=keeps)
        assert (world.stock(key) is not None) is switched.counted


def test_no_more_leaves_the_stock_than_is_there(world: World) -> None:
    everything = world.everything()
    tariff_id = id_of(world, Tariff, key="sfp-10g")
    with pytest.raises(Refused) as refusal:
        act(world, change_stock, tariff_id, -100_000, "stolen")
    assert refusal.value.code == "not_so_many"
    with pytest.raises(Invalid):
        act(world, change_stock, tariff_id, 0, "")
    with pytest.raises(Refused):
        act(world, change_stock, id_of(world, Tariff, key="web-start"), 1, "uncounted")
    assert world.everything() == everything


def test_stock_moved_by_many_at_once_is_all_counted(world: World) -> None:
    tariff_id = id_of(world, Tariff, key="sfp-10g")
    before = world.stock("sfp-10g") or 0
    barrier = Barrier(8)

    def move(_number: int) -> None:
        barrier.wait()
        act(world, change_stock, tariff_id, 3, "bought")

    with ThreadPoolExecutor(8) as people:
        list(people.map(move, range(8)))
    assert world.stock("sfp-10g") == before + 24


# groups


def test_a_group_discounts_from_the_next_order_on(world: World) -> None:
    with world.database.reading() as session:
        retail = session.scalars(select(ClientGroup).filter_by(key="retail")).one()
        details = group_details(retail)
    act(world, save_group, retail.id, replace(details, discount_percent=Decimal(50)))
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    assert order.discount * 2 == order.goods


def test_groups_hold_for_all_providers_so_a_limited_person_does_not_change_them(
    world: World,
) -> None:
    before = world.everything()
    maria = with_functions(world.actor("maria"), "clients:group:change")
    with pytest.raises(Refused) as refusal:
        act(world, save_group, None, GroupDetails("guests", {"en": "Guests"}), as_=maria)
    assert refusal.value.code == "shared"
    assert world.everything() == before


@pytest.mark.parametrize("percent", ["-1", "100.0001", "NaN", "1e-9"])
def test_a_discount_is_a_percentage(world: World, percent: str) -> None:
    details = GroupDetails("guests", {"en": "Guests"}, discount_percent=Decimal(percent))
    with pytest.raises(Invalid) as error:
        act(world, save_group, None, details)
    assert wrong_fields(error) == ["discount_percent"]


# clients


def test_a_client_is_entered_and_orders_are_placed_for_them(world: World) -> None:
    made = act(world, create_client, SHOP, provider="nordvik")
    assert made.account_number > 100_000
    (order,) = world.place("maria", world.order("shop.bg", line("web-start", "1 month")))
    assert order.client_id == made.id
    assert world.actor("shop.bg").client_id == made.id


def test_nobody_else_gets_a_taken_login(world: World) -> None:
    for login in ("maria", "balkan.media"):
        with pytest.raises(Invalid) as error:
            act(world, create_client, replace(SHOP, login=login), provider="nordvik")
        assert wrong_fields(error) == ["login"]


def test_the_log_of_a_client_holds_no_personal_data(world: World) -> None:
    client_id = world.client_id("stoyanova")
    with world.database.reading() as session:
        now = client_details(find_client(session, world.actor("owner"), client_id=client_id))
    act(world, change_client, client_id, replace(now, phone="+359 2 000", name="Other Name"))
    assert facts_of(world, "client.changed") == {"fields": ["name", "phone"]}


def terms_of(world: World, login: str, key: str = "nordvik") -> MembershipDetails:
    with world.database.reading() as session:
        client = find_client(session, world.actor("owner"), login=login)
        (found,) = [m for m in client.memberships if m.provider.key == key]
        return membership_details(found)


@pytest.mark.parametrize(
    ("change", "function"),
    [
        ({"group": "contract"}, "clients:group:assign"),
        ({"credit_limit": "500"}, "clients:credit_limit:change"),
        ({"blocked_reason": "chargebacks"}, "clients:client:block"),
    ],
)
def test_each_term_has_a_function_of_its_own(
    world: World, change: dict[str, str], function: str
) -> None:
    client_id, now = world.client_id("stoyanova"), terms_of(world, "stoyanova")
    wanted = replace(now, **change)
    every = ("clients:group:assign", "clients:credit_limit:change", "clients:client:block")
    others = with_functions(world.actor("maria"), *(f for f in every if f != function))
    before = world.everything()
    with pytest.raises(FunctionNotHeld) as refusal:
        act(world, change_membership, client_id, "nordvik", wanted, as_=others)
    assert refusal.value.facts == {"function": function}
    assert world.everything() == before
    holder = with_functions(world.actor("maria"), function)
    act(world, change_membership, client_id, "nordvik", wanted, as_=holder)
    assert terms_of(world, "stoyanova") != now


def test_h2_a_raised_right_is_the_clients_own_and_is_written_down(world: World) -> None:
    blocked = world.order("blocked.client", line("web-start", "1 month"))
    with pytest.raises(Refused):
        world.place("maria", blocked)
    client_id = world.client_id("blocked.client")
    now = terms_of(world, "blocked.client")
    lifted = replace(now, blocked_reason=None, credit_limit="10000")
    act(world, change_membership, client_id, "nordvik", lifted)
    assert world.place("maria", blocked)
    assert facts_of(world, "client.terms_changed")["changes"]["blocked"] == [True, False]


def test_a_client_joins_another_provider_once(world: World) -> None:
    client_id = world.client_id("stoyanova")
    act(world, join_provider, client_id, "sever")
    with pytest.raises(Invalid):
        act(world, join_provider, client_id, "sever")
    assert terms_of(world, "stoyanova", "sever") == MembershipDetails(credit_limit="0.00")


def test_a_client_out_of_scope_is_not_there_to_change(world: World) -> None:
    georgi = with_functions(world.actor("georgi"), "clients:client:change", "clients:client:invite")
    foreign = world.client_id("ip.vetrov")
    for action, arguments in ((change_client, (SHOP,)), (client_to_invite, ())):
        with pytest.raises(NotFound):
            act(world, action, foreign, *arguments, as_=georgi)


# staff and departments


def test_new_staff_may_do_what_their_departments_may(world: World) -> None:
    act(world, create_staff, DESK)
    assert world.actor("ivan").functions == world.actor("maria").functions


def test_nobody_hands_out_more_than_they_hold(world: World) -> None:
    before = world.everything()
    maria = with_functions(world.actor("maria"), "staff:member:change")
    for more in (
        {"departments": ["finance"]},
        {"departments": [], "owner": True},
    ):
        with pytest.raises(Forbidden) as refusal:
            act(world, create_staff, replace(DESK, **more), as_=maria)
        assert refusal.value.code == "cannot_grant"
    georgi = with_functions(
        world.actor("georgi"), "staff:member:change", *world.actor("maria").functions
    )
    act(world, create_staff, DESK, as_=maria)
    before = world.everything()
    with pytest.raises(Invalid) as error:
        act(world, create_staff, replace(DESK, login="petya", providers=["sever"]), as_=georgi)
    assert wrong_fields(error) == ["providers"]
    assert world.everything() == before


def test_nobody_takes_over_somebody_who_holds_more(world: World) -> None:
    """With a sign-in link they could act as that person."""
    before = world.everything()
    maria = with_functions(world.actor("maria"), "staff:member:change")
    for login in ("petar", "owner"):
        with pytest.raises((Forbidden, NotFound)):
            act(world, user_to_invite, staff_id(world, login), as_=maria)
    assert world.everything() == before


def test_nobody_changes_their_own_rights(world: World) -> None:
    owner = staff_id(world, "owner")
    with world.database.reading() as session:
        now = staff_details(session.get_one(Staff, owner), world.actor("owner"))
    for change in ({"owner": False}, {"disabled": True}, {"departments": ["finance"]}):
        with pytest.raises(Forbidden) as refusal:
            act(world, change_staff, owner, replace(now, **change))
        assert refusal.value.code == "own_rights"
    act(world, change_staff, owner, replace(now, name="Ada"))


def test_two_owners_do_not_take_the_panel_from_each_other(world: World) -> None:
    second = act(world, create_staff, replace(DESK, owner=True, departments=[], providers=[]))
    first = staff_id(world, "owner")
    barrier = Barrier(2)

    def demote(who: str, whom: int) -> str:
        with world.database.reading() as session:
            now = staff_details(session.get_one(Staff, whom), world.actor(who))
        actor = world.actor(who)
        barrier.wait()
        try:
            act(world, change_staff, whom, replace(now, owner=False), as_=actor)
        except Forbidden as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as people:
        results = [*people.map(lambda pair: demote(*pair), [("owner", second.id), ("ivan", first)])]
    assert sorted(results) == ["done", "last_owner"]
    assert sum(world.actor(login).provider_ids is None for login in ("owner", "ivan")) == 1


def test_a_disabled_person_is_out_at_once(world: World) -> None:
    new_session(world, "georgi")
    georgi = staff_id(world, "georgi")
    with world.database.reading() as session:
        now = staff_details(session.get_one(Staff, georgi), world.actor("owner"))
        user_id = session.get_one(Staff, georgi).user_id
    act(world, change_staff, georgi, replace(now, disabled=True))
    with world.database.reading() as session:
        assert session.scalar(select(SignInSession).filter_by(user_id=user_id)) is None
        assert session.get_one(User, user_id).disabled_at is not None
        assert session.scalar(select(ApiToken).filter_by(user_id=user_id)) is None


def test_the_accounts_of_new_clients_follow_each_other(world: World) -> None:
    def account(session: Session, login: str) -> int:
        return session.scalars(select(Client.account_number).filter_by(login=login)).one()

    act(world, create_client, SHOP, provider="nordvik")
    act(world, create_client, replace(SHOP, login="shop2.bg"), provider="sever")
    with world.database.reading() as session:
        assert account(session, "shop2.bg") == account(session, "shop.bg") + 1
