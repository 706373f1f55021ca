"""GET /documents/{id}.xml, for staff and for the client, from their pages."""

from collections.abc import Callable

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import place, send
from tests.http.visitor import Visitor
from tests.world import World

Api = Callable[[str], ApiClient]


@ON_SQLITE
def test_the_einvoice_of_a_paid_order_is_downloaded(
    world: World, api: Api, visit: Callable[..., Visitor]
) -> None:
    petar, client = api("owner"), api("balkan.media")
    order = place(petar, world.client_id("balkan.media"))
    petar.post(f"/orders/{order['id']}/payments", {"method": "cash"})
    (invoice,) = json_of(petar.get("/documents", kind="invoice"))["items"]
    path = f"/documents/{invoice['id']}"
    ubl = send(client, "GET", f"{path}.xml?syntax=ubl")
    assert (ubl.status_code, ubl.content_type) == (200, "application/xml")
    assert f"<cbc:ID>{invoice['number']}</cbc:ID>" in ubl.text
    assert ubl.headers["Content-Disposition"].startswith("attachment")
    assert "CrossIndustryInvoice" in send(client, "GET", f"{path}.xml").text
    assert send(client, "GET", f"{path}.xml?syntax=pdf").status_code == 422
    assert send(api("stoyanova"), "GET", f"{path}.xml").status_code == 404
    proforma = order["invoices"][0]["id"]
    assert send(client, "GET", f"/documents/{proforma}.xml").status_code == 404
    assert json_of(petar.get(f"{path}/deliveries"))["items"] == []
    # what receivers say is for staff, here as on the page
    assert send(client, "GET", f"{path}/deliveries").status_code == 404
    page = visit("balkan.media").get(path).text
    assert f"{path}.xml?syntax=ubl" in page
    assert visit("balkan.media").get(f"{path}.xml?syntax=ubl").text == ubl.text
