"""Top-ups by page and API: what is asked for, who may, and where a card leads to."""

from collections.abc import Callable

import pytest

from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod
from billing_panel.kernel.extension.gateways import Outcome
from permissions.panel_functions import PanelFunction
from plugins.sandbox.gateway import Sandbox
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]
Api = Callable[[str], ApiClient]
BODY = {"amount": "50.00", "method": "bank_transfer"}


@pytest.fixture
def page(world: World) -> str:
    world.change(PaymentMethod, {"kind": MethodKind.CARD_GATEWAY}, gateway="sandbox")
    return f"/clients/{world.client_id('stoyanova')}/top-ups"


def test_a_transfer_is_asked_for_recorded_by_staff_and_on_the_statement(
    visit: Visit, page: str
) -> None:
    client, staff = visit("stoyanova"), visit("owner")
    asked = client.send(page, provider="nordvik", amount="50", method="bank_transfer")
    assert (asked.status_code, asked.location) == (303, page)
    assert "T10001" in client.get(page).text
    assert client.send("/top-ups/1/record").status_code == 403
    assert staff.send("/top-ups/1/record").status_code == 303
    assert "T10001" in client.get(page.replace("top-ups", "balance")).text
    again = staff.send("/top-ups/1/record")
    assert again.status_code == 409


def test_a_card_leads_to_the_payment_system_and_its_message_credits(
    world: World, visit: Visit, page: str
) -> None:
    client = visit("stoyanova")
    asked = client.send(page, provider="nordvik", amount="25", method="card_gateway")
    assert asked.location == "/top-ups/1/leave"
    before = world.everything()
    between = client.get("/top-ups/1/leave")
    address = between.headers["Refresh"].partition("url=")[2]
    assert world.everything() == before
    sandbox = world.panel.gateways["sandbox"]
    assert isinstance(sandbox, Sandbox)
    content = sandbox.page(address.rpartition("/")[2])
    assert content is not None
    headers, body = sandbox.message(content, Outcome.SUCCEEDED, world.clock.now())
    webhook = "/api/v1/payment-gateways/sandbox/webhook"
    told = visit().http.post(webhook, data=body, headers=dict(headers))
    assert told.get_json() == {"result": "applied"}
    assert client.get("/top-ups/1/leave").status_code == 303
    assert visit("owner").send("/top-ups/1/pay").status_code == 403


def test_what_is_wrong_is_told_beside_what_was_typed(visit: Visit, page: str) -> None:
    answer = visit("stoyanova").send(page, provider="nordvik", amount="0.5", method="cash")
    assert (answer.status_code, 'value="0.5"' in answer.text) == (422, True)


def test_a_refusal_shows_no_top_ups_to_who_may_not_read_balances(
    world: World, visit: Visit, page: str
) -> None:
    visit("stoyanova").send(page, provider="nordvik", amount="50", method="bank_transfer")
    hold_only(world, "maria", PanelFunction.BALANCE_CREDIT)
    maria = visit("maria")
    assert maria.get(page).status_code == 403
    answer = maria.send(page, provider="nordvik", amount="0.5", method="cash")
    assert (answer.status_code, "T10001" in answer.text) == (422, False)


def test_by_api_the_same(api: Api, page: str) -> None:
    client, staff = api("stoyanova"), api("owner")
    asked = json_of(client.post(page, BODY), 201)
    assert (asked["state"], asked["amount"]["amount"], asked["page"]) == ("waiting", "50.00", None)
    assert asked["document"]["number"]
    card = json_of(client.post(page, {**BODY, "method": "card_gateway"}), 201)
    assert card["page"].endswith(page)
    listed = json_of(client.get(page))
    assert [one["id"] for one in listed["items"]] == [card["id"], asked["id"]]
    recorded = json_of(staff.post(f"/top-ups/{asked['id']}/record", {}))
    assert recorded["state"] == "paid"
    cancelled = json_of(client.post(f"/top-ups/{card['id']}/cancel", {}))
    assert cancelled["state"] == "cancelled"
    assert client.post(f"/top-ups/{card['id']}/record", {}).status_code in {403, 404}


@pytest.mark.parametrize("path", ["cancel", "record"])
def test_another_client_finds_none_of_it(world: World, api: Api, page: str, path: str) -> None:
    asked = json_of(api("stoyanova").post(page, BODY), 201)
    before = world.everything()["top_up"]
    other = api("romashka")
    assert other.post(f"/top-ups/{asked['id']}/{path}", {}).status_code in {403, 404}
    assert other.get(page).status_code == 404
    assert other.post(page, BODY).status_code == 404
    assert world.everything()["top_up"] == before
