"""Each restriction alone: its code, its sentence, and what would change it (H2)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from billing_panel.accounts.access.guarded_fact_visibility import reasons_told, told
from billing_panel.accounts.access.load_actors import console
from billing_panel.catalog.rules.eligibility import eligibility, self_service_reasons
from billing_panel.catalog.rules.eligibility_facts import (
    Basket,
    Choice,
    ClientFacts,
    MethodFacts,
    TariffFacts,
    TariffKind,
)
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Titles
from permissions.panel_functions import PanelFunction
from tests.property.facts import bundle, choice, client, group, method, named, tariff

VPS = tariff("vps")
CONTRACT = group("contract", "Only for clients with a signed contract")
# whoever may know every fact
ALL_SEEING = console({*PanelFunction, "orders:order:create"})
RETAIL, VIP, WATCH = group("retail"), group("vip"), group("watch")


def reasons(
    buyer: ClientFacts,
    wanted: TariffFacts | Choice,
    *beside: TariffFacts | Choice,
    pays: MethodFacts | None = None,
) -> Sequence[Reason]:
    """Against ``wanted``, ordered together with what is ``beside`` it."""
    lines = [line if isinstance(line, Choice) else choice(line) for line in (wanted, *beside)]
    return eligibility(buyer, lines[0], Basket(lines, pays))


def codes(found: Sequence[Reason]) -> list[str]:
    return [reason.code for reason in found]


# (client, tariff), the reason's code, its sentence, what would change it
ALONE = [
    pytest.param(
        client(is_client=False),
        VPS,
        "wrong_provider",
        "The client is not a client of the provider that sells VPS.",
        "Make them a client of that provider, or choose a tariff of their own provider.",
        id="no account with this provider",
    ),
    pytest.param(
        client(provider="sever"),
        VPS,
        "wrong_provider",
        "The client is not a client of the provider that sells VPS.",
        "Make them a client of that provider, or choose a tariff of their own provider.",
        id="client of another provider",
    ),
    pytest.param(
        client(blocked_reason="Chargeback of 2026-09-03 is open."),
        VPS,
        "client_blocked",
        "The client is blocked: Chargeback of 2026-09-03 is open.",
        "Unblock them.",
        id="blocked",
    ),
    pytest.param(
        client(debt=6001, credit_limit=6000),
        VPS,
        "debt_over_limit",
        "The debt of €60.01 is over the credit limit of €60.00.",
        "Pay at least €0.01 of the debt.",
        id="debt",
    ),
    pytest.param(
        client(),
        tariff("old", archived=True),
        "archived",
        "OLD is no longer sold.",
        "Choose another tariff.",
        id="archived",
    ),
    pytest.param(
        client(group=RETAIL),
        tariff("gpu", allowed_groups=(CONTRACT,)),
        "group_not_allowed",
        "Only for clients with a signed contract",
        "Move the client to one of these groups: Contract.",
        id="one allowed group, in its own words",
    ),
    pytest.param(
        client(group=RETAIL),
        tariff("gpu", allowed_groups=(CONTRACT, VIP)),
        "group_not_allowed",
        "Only for clients in these groups: Contract or Vip.",
        "Move the client to one of these groups: Contract or Vip.",
        id="several allowed groups",
    ),
    pytest.param(
        client(group=None),
        tariff("gpu", allowed_groups=(VIP,)),
        "group_not_allowed",
        "Only for clients in these groups: Vip.",
        "Move the client to one of these groups: Vip.",
        id="a client of no group",
    ),
    pytest.param(
        client(group=WATCH),
        tariff("server", forbidden_groups=(VIP, WATCH)),
        "group_forbidden",
        "SERVER is not available to clients of the group “Watch”.",
        "Move the client to another group.",
        id="forbidden group",
    ),
    pytest.param(
        client(country="US"),
        tariff("server", countries=frozenset({"RO", "BG", "DE"})),
        "country_not_allowed",
        "SERVER is not sold to United States, only to Bulgaria, Germany, and Romania.",
        "Choose a tariff that is sold in the client’s country.",
        id="country",
    ),
    pytest.param(
        client(held={"web": 2}),
        tariff("web", per_client_limit=2),
        "limit_reached",
        "A client may have at most 2 of WEB; in use or ordered: 2.",
        "End a service first; otherwise only 0 more can be ordered.",
        id="limit",
    ),
    pytest.param(
        client(),
        tariff("licence", requires_one_of=(named("vps"), named("gpu"))),
        "prerequisite_missing",
        "LICENCE needs one of these with it: VPS or GPU.",
        "Add one of them to the same order: VPS or GPU.",
        id="prerequisite",
    ),
    pytest.param(
        client(),
        tariff("sfp", stock=0),
        "out_of_stock",
        "SFP in stock: 0.",
        "Order no more than that, or wait for new stock.",
        id="stock",
    ),
]


@pytest.mark.parametrize(("buyer", "wanted", "code", "message", "remedy"), ALONE)
def test_each_restriction_has_its_sentence_and_its_remedy(
    buyer: ClientFacts, wanted: TariffFacts, code: str, message: str, remedy: str
) -> None:
    (reason,) = reasons_told(reasons(buyer, wanted), ALL_SEEING)
    assert (reason.code, str(reason.message), str(reason.remedy)) == (code, message, remedy)


@pytest.mark.parametrize(
    ("buyer", "wanted", "message", "remedy"),
    [
        (
            client(blocked_reason="Chargeback", blocked_text="Please write to us."),
            VPS,
            "Orders are closed for now: Please write to us.",
            "Ask us about it.",
        ),
        (
            client(blocked_reason="Chargeback"),
            VPS,
            "Orders are closed for now.",
            "Ask us about it.",
        ),
        (
            client(debt=6001, credit_limit=6000),
            VPS,
            "The debt is over the credit limit.",
            "Pay what is owed first.",
        ),
        (
            client(),
            tariff("gpu", allowed_groups=(VIP, WATCH)),
            "GPU is for other clients only.",
            "Ask us about it.",
        ),
        (
            client(group=WATCH),
            tariff("server", forbidden_groups=(WATCH,)),
            "SERVER is for other clients only.",
            "Ask us about it.",
        ),
    ],
)
def test_item_3_what_is_said_without_asking_is_what_anybody_may_know(
    buyer: ClientFacts, wanted: TariffFacts, message: str, remedy: str
) -> None:
    (reason,) = reasons(buyer, wanted)
    assert (str(reason.message), str(reason.remedy)) == (message, remedy)


def test_item_3_clients_are_told_of_groups_by_the_names_that_are_for_them() -> None:
    known = replace(VIP, client_title=Titles({"en": "Valued client"}))
    (reason,) = reasons(client(), tariff("gpu", allowed_groups=(known,)))
    assert str(reason.message) == "Only for clients in these groups: Valued client."
    (reason,) = reasons(client(), tariff("gpu", allowed_groups=(known, WATCH)))
    assert str(reason.message) == "GPU is for other clients only."


def test_a_forbidden_payment_method_is_a_reason() -> None:
    buyer = client(group=WATCH, forbidden_methods=frozenset({"bank_transfer"}))
    (reason,) = reasons(buyer, VPS, pays=method("bank_transfer"))
    assert reason.code == "payment_method_forbidden"
    assert str(reason.message) == "This payment method is not available here: Bank_Transfer."
    assert str(told(reason.message, ALL_SEEING)) == (
        "This payment method is not available to clients of the group “Watch”: Bank_Transfer."
    )
    assert str(reason.remedy) == "Choose another payment method."
    assert reasons(buyer, VPS, pays=method("cash")) == ()
    assert reasons(buyer, VPS, pays=None) == ()


# the nearest case of each rule that is allowed
ALLOWED = [
    pytest.param(client(), VPS, id="nothing said against it"),
    pytest.param(client(debt=6000, credit_limit=6000), VPS, id="debt within the credit limit"),
    pytest.param(
        client(group=CONTRACT), tariff(allowed_groups=(VIP, CONTRACT)), id="of an allowed group"
    ),
    pytest.param(client(group=RETAIL), tariff(forbidden_groups=(WATCH,)), id="of another group"),
    pytest.param(client(group=None), tariff(forbidden_groups=(WATCH,)), id="of no group"),
    pytest.param(client(country="DE"), tariff(countries=frozenset({"DE"})), id="of the country"),
    pytest.param(client(held={"vps": 1}), tariff(per_client_limit=2), id="up to the limit"),
    pytest.param(client(held={"other": 9}), tariff(per_client_limit=1), id="limit of another"),
    pytest.param(
        client(held={"vps": 9}, ignores_service_limits=True),
        tariff(per_client_limit=1),
        id="their group ignores limits",
    ),
    pytest.param(client(), tariff(stock=1), id="the last one"),
    pytest.param(client(), tariff(stock=None), id="never out of stock"),
    pytest.param(client(), tariff(self_service=False), id="sold through staff only"),
]


@pytest.mark.parametrize(("buyer", "wanted"), ALLOWED)
def test_what_no_rule_forbids_gives_no_reason(buyer: ClientFacts, wanted: TariffFacts) -> None:
    assert reasons(buyer, wanted) == ()


def test_the_limit_counts_what_is_held_and_ordered_and_in_the_basket() -> None:
    web = tariff("web", per_client_limit=6)
    buyer = client(held={"web": 1}, open_lines={"web": 2})
    assert reasons(buyer, choice(web, 2), choice(web, 1)) == ()
    (reason,) = reasons(buyer, choice(web, 2), choice(web, 2))
    assert reason.code == "limit_reached"
    assert str(reason.message).endswith("at most 6 of WEB; in use or ordered: 3.")
    assert str(reason.remedy) == "End a service first; otherwise only 3 more can be ordered."


def test_a_limit_already_passed_leaves_nothing_to_order() -> None:
    (reason,) = reasons(client(held={"web": 5}), tariff("web", per_client_limit=3))
    assert str(reason.remedy) == "End a service first; otherwise only 0 more can be ordered."


def test_the_stock_has_to_last_for_the_whole_basket() -> None:
    sfp = tariff("sfp", stock=3)
    assert reasons(client(), choice(sfp, 2), choice(sfp, 1)) == ()
    assert codes(reasons(client(), choice(sfp, 2), choice(sfp, 2))) == ["out_of_stock"]


@pytest.mark.parametrize(
    "buyer",
    [
        pytest.param(client(held={"gpu": 1}), id="they hold one"),
        pytest.param(client(paid_open=frozenset({"gpu"})), id="one is paid and on its way"),
    ],
)
def test_a_prerequisite_may_be_there_already(buyer: ClientFacts) -> None:
    assert reasons(buyer, tariff("licence", requires_one_of=(named("vps"), named("gpu")))) == ()


def test_a_prerequisite_may_be_a_line_of_the_same_order() -> None:
    licence = tariff("licence", requires_one_of=(named("vps"),))
    assert reasons(client(), licence, VPS) == ()
    assert reasons(client(), licence, bundle(VPS)) == ()


@pytest.mark.parametrize(
    "buyer",
    [
        pytest.param(client(held={"vps": 0}), id="they held one once"),
        pytest.param(client(open_lines={"vps": 1}), id="one is ordered and not paid"),
        pytest.param(client(held={"licence": 1}), id="they hold another licence"),
    ],
)
def test_a_prerequisite_that_is_not_there_is_missing(buyer: ClientFacts) -> None:
    licence = tariff("licence", requires_one_of=(named("vps"),))
    assert codes(reasons(buyer, licence)) == ["prerequisite_missing"]


@pytest.mark.parametrize(
    ("buyer", "part", "code"),
    [
        (client(), tariff("web", archived=True), "archived"),
        (client(), tariff("web", allowed_groups=(VIP,)), "group_not_allowed"),
        (client(group=WATCH), tariff("web", forbidden_groups=(WATCH,)), "group_forbidden"),
        (client(), tariff("web", countries=frozenset({"DE"})), "country_not_allowed"),
        (client(held={"web": 1}), tariff("web", per_client_limit=1), "limit_reached"),
        (client(), tariff("web", requires_one_of=(named("vps"),)), "prerequisite_missing"),
        (client(), tariff("web", stock=0), "out_of_stock"),
    ],
)
def test_a_bundle_has_every_reason_against_its_parts(
    buyer: ClientFacts, part: TariffFacts, code: str
) -> None:
    assert codes(reasons(buyer, bundle(tariff("hours"), part))) == [code]


def test_a_bundle_of_what_they_may_have_gives_no_reason() -> None:
    assert reasons(client(), bundle(VPS, tariff("web", per_client_limit=1, stock=1))) == ()


def test_a_bundle_is_bound_by_its_own_rules_too() -> None:
    assert codes(reasons(client(), bundle(VPS, archived=True))) == ["archived"]


def test_parts_of_a_bundle_count_together_with_the_same_tariff_beside_it() -> None:
    web = tariff("web", per_client_limit=3, stock=3)
    assert reasons(client(), choice(bundle(web), 2), web) == ()
    both = ["limit_reached", "out_of_stock"]
    assert codes(reasons(client(), choice(bundle(web), 2), choice(web, 2))) == both
    assert codes(reasons(client(), choice(web, 2), choice(bundle(web), 2))) == both


def test_a_reason_that_binds_a_bundle_and_its_part_alike_is_said_once() -> None:
    blocked = client(blocked_reason="Chargeback", debt=1)
    found = reasons(blocked, bundle(VPS, tariff("web")))
    assert codes(found) == ["client_blocked", "debt_over_limit"]


def test_a_block_without_a_word_is_a_block() -> None:
    assert codes(reasons(client(blocked_reason=""), VPS)) == ["client_blocked"]


def test_every_reason_is_given_not_only_the_first() -> None:
    buyer = client(
        country="US",
        group=WATCH,
        forbidden_methods=frozenset({"cash"}),
        blocked_reason="Chargeback",
        debt=1,
        held={"gpu": 1},
    )
    gpu = tariff(
        "gpu",
        provider="sever",
        archived=True,
        allowed_groups=(VIP,),
        forbidden_groups=(WATCH,),
        countries=frozenset({"BG"}),
        per_client_limit=1,
        requires_one_of=(named("vps"),),
        stock=0,
    )
    assert codes(reasons(buyer, gpu, pays=method("cash"))) == [
        "wrong_provider",
        "client_blocked",
        "debt_over_limit",
        "payment_method_forbidden",
        "archived",
        "group_not_allowed",
        "group_forbidden",
        "country_not_allowed",
        "limit_reached",
        "prerequisite_missing",
        "out_of_stock",
    ]


def test_a_reason_against_one_line_does_not_touch_the_line_beside_it() -> None:
    old = tariff("old", archived=True)
    assert reasons(client(), VPS, old) == ()
    assert codes(reasons(client(), old, VPS)) == ["archived"]


def test_balance_points_and_discount_are_no_matter_of_eligibility() -> None:
    poor = client(balance=0, points=0, discount_percent=Decimal(50))
    assert reasons(poor, tariff(amount=10**9)) == ()


def test_what_is_sold_through_staff_is_refused_in_the_clients_own_area_only() -> None:
    storage = tariff("storage", self_service=False)
    (reason,) = self_service_reasons(choice(storage))
    assert reason.code == "not_self_service"
    assert str(reason.message) == "STORAGE can only be ordered through our staff."
    assert str(reason.remedy) == "Ask our staff to place the order for you."
    assert self_service_reasons(choice(VPS)) == ()
    assert reasons(client(), storage) == ()


def test_kinds_of_tariffs_are_all_bound_alike() -> None:
    for kind in TariffKind:
        assert codes(reasons(client(), tariff(kind=kind, archived=True))) == ["archived"]
