"""Messages as people meet them: pages, files, the API; and what a client never sees."""

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from billing_panel.kernel.files.attached_files import MAX_BYTES, take_files
from plugins.messages.correspondence.write_message import Topic, WriteMessage, write_message
from plugins.messages.store.models import Dialogue
from tests.api import ApiClient
from tests.http.engines import ON_SQLITE
from tests.http.form import fill
from tests.http.shop import place
from tests.http.visitor import Visitor, assert_nothing_inline
from tests.world import World, hold_only

pytestmark = ON_SQLITE
CLIENT = "stoyanova"
Api = Callable[[str], ApiClient]
Visit = Callable[..., Visitor]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture
def order_id(world: World, api: Api) -> int:
    return int(place(api("owner"), world.client_id(CLIENT))["id"])


def send(visitor: Visitor, path: str, *files: tuple[str, bytes], **typed: str) -> Any:
    """What the form of that page sends, with ``files`` as (name, content)."""
    fields: list[tuple[str, Any]] = [("csrf_token", visitor.token(path)), *typed.items()]
    attached = [("files", FileStorage(BytesIO(content), name)) for name, content in files]
    boundary, body = encode_multipart(MultiDict([*fields, *attached]))
    media_type = f'multipart/form-data; boundary="{boundary}"'
    return visitor.http.post(path, data=body, content_type=media_type)


def test_p6_a_client_writes_and_staff_answer_where_the_order_is(
    visit: Visit, order_id: int
) -> None:
    client, maria = visit(CLIENT), visit("maria")
    page = client.get(f"/orders/{order_id}")
    path, typed = fill(page, f"answer-order-{order_id}", text="When is it *ready*?")
    sent = client.http.post(path, data=typed)
    assert (sent.status_code, sent.location) == (303, f"/orders/{order_id}#correspondence")
    told = maria.get(f"/orders/{order_id}")
    assert "When is it <em>ready</em>?" in told.text
    assert 'data-pill="new">1<' in told.text
    path, typed = fill(told, f"answer-order-{order_id}", text="Tomorrow.")
    assert maria.http.post(path, data=typed).status_code == 303
    after = maria.get(f"/orders/{order_id}")
    assert 'data-pill="new"' not in after.text
    assert 'data-pill="all">2<' in after.text
    answer = client.get(f"/messages/orders/{order_id}")
    assert "Tomorrow." in answer.text
    # to a client staff are the provider
    assert "Maria" not in answer.text
    assert "Ada" not in answer.text
    assert_nothing_inline(answer)


def test_m13_the_dialogue_is_opened_from_the_order_and_the_order_from_it(
    visit: Visit, order_id: int
) -> None:
    client = visit(CLIENT)
    assert f'href="/messages/orders/{order_id}"' in client.get(f"/orders/{order_id}").text
    dialogue = client.get(f"/messages/orders/{order_id}")
    assert f'href="/orders/{order_id}"' in dialogue.text


@pytest.mark.parametrize("login", [CLIENT, "maria"])
def test_messages_is_a_page_for_both_sides(visit: Visit, order_id: int, login: str) -> None:
    visitor = visit(login)
    page = visitor.get("/messages")
    assert f'href="/messages/orders/{order_id}"' in page.text
    assert_nothing_inline(page)
    assert "<tbody" not in visitor.get("/messages?query=nothing-like-that").text
    for narrowed in ("show=new", "kind=general", "provider=nordvik", "from=new-x", "kind=x"):
        assert visitor.get(f"/messages?{narrowed}").status_code == 200
    for read in ("from=new-1700000000000000-5", "from=old-253402300799999999-1"):
        assert visitor.get(f"/messages?{read}").status_code == 200


def test_pages_of_the_list_go_on_where_the_last_ended(
    visit: Visit, world: World, monkeypatch: pytest.MonkeyPatch, api: Api
) -> None:
    monkeypatch.setattr("plugins.messages.surface.dialogue_list.PAGE", 2)
    owner, client_id = api("owner"), world.client_id(CLIENT)
    orders = [int(place(owner, client_id)["id"]) for _ in range(5)]
    maria, client = visit("maria"), visit(CLIENT)
    send(client, f"/messages/orders/{orders[0]}", text="Hello")
    seen, address, more = [], "/messages", ""
    for _ in range(3):
        page = maria.get(address).text
        rows = page.partition("<tbody")[2].partition("</tbody>")[0]
        seen += [one for one in orders if f'"/messages/orders/{one}"' in rows]
        after = page.partition('class="pager"')[2]
        more = after.partition('href="/messages?from=')[2].partition('"')[0]
        address = f"/messages?from={more}"
    assert seen[0] == orders[0]
    assert sorted(seen) == orders
    assert more == ""


def test_what_is_refused_comes_back_with_what_was_typed(visit: Visit, order_id: int) -> None:
    maria = visit("maria")
    path = f"/messages/orders/{order_id}"
    again = send(maria, path, ("a.html", b"<script>"), text="Keep me", to="staff")
    assert again.status_code == 422
    assert "Keep me</textarea>" in again.text
    assert "can’t be attached" in again.text
    assert "Keep me" not in maria.get(path).text


@pytest.mark.parametrize(
    "name", ["../../x.png", "a\r\nSet-Cookie: evil=1.png", "сметка.png", 'a;b"c.png']
)
def test_a_file_is_saved_under_a_plain_name_and_opens_nowhere(
    visit: Visit, world: World, order_id: int, name: str
) -> None:
    maria, client = visit("maria"), visit(CLIENT)
    with world.database.writing() as session:
        command = WriteMessage(Topic(order_id=order_id), "", files=take_files([(name, PNG)]))
        write_message(session, command, actor=world.actor("maria"), clock=world.clock)
    page = client.get(f"/messages/orders/{order_id}").text
    address = "/messages/files/" + page.partition("/messages/files/")[2].partition('"')[0]
    for reader in (client, maria):
        file = reader.get(address)
        assert file.data == PNG
        disposition = file.headers["Content-Disposition"]
        assert disposition.startswith("attachment")
        assert not any(sign in disposition for sign in ("..", "/", "\\\\", "\n", "\r"))
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in file.headers["Content-Security-Policy"]
        assert file.mimetype == "image/png"
        assert "evil" not in file.headers.get("Set-Cookie", "")
    for stranger in (visit("olga"), visit("rhein-labs")):
        assert stranger.get(address).status_code == 404


def test_what_is_too_large_is_refused_and_nothing_is_kept(
    visit: Visit, world: World, order_id: int
) -> None:
    maria, path = visit("maria"), f"/messages/orders/{order_id}"
    before = world.everything()
    over = send(maria, path, ("a.txt", b"a" * (MAX_BYTES + 1)), text="Hello")
    assert (over.status_code, "larger than 5 MB" in over.text) == (422, True)
    assert send(maria, path, ("a.txt", b"a" * (11 * 1024 * 1024))).status_code == 413
    # nobody who is not signed in sends as much as that, nor does any other page take it
    data = {"csrf_token": maria.token(), "text": "a" * (2 * 1024 * 1024)}
    assert maria.http.post(f"/orders/{order_id}/deliver", data=data).status_code == 413
    assert visit().http.post(path, data=data).status_code == 413
    assert world.everything() == before
    assert send(maria, path, ("a.txt", b"a" * (3 * 1024 * 1024)), text="Hello").status_code == 303


def test_a_zip_comes_out_as_it_went_in(visit: Visit, order_id: int) -> None:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("../evil.txt", "a")
    maria = visit("maria")
    path = f"/messages/orders/{order_id}"
    assert send(maria, path, ("logs.zip", packed.getvalue()), text="Logs").status_code == 303
    page = maria.get(path).text
    address = "/messages/files/" + page.partition("/messages/files/")[2].partition('"')[0]
    assert maria.get(address).data == packed.getvalue()


def test_an_internal_note_is_nowhere_a_client_looks(
    visit: Visit, world: World, api: Api, order_id: int
) -> None:
    client_id = world.client_id(CLIENT)
    with world.database.writing() as session:
        for topic in (
            Topic(order_id=order_id),
            Topic(client_id=client_id, provider="nordvik"),
        ):
            command = WriteMessage(
                topic,
                "Wolpertinger",
                internal=True,
                files=take_files([("Wolpertinger.txt", b"Wolpertinger")]),
            )
            write_message(session, command, actor=world.actor("maria"), clock=world.clock)
    client, caller, maria = visit(CLIENT), api(CLIENT), api("maria")
    of_order, general = f"/orders/{order_id}/messages", f"/clients/{client_id}/messages"
    for path in (
        "/messages",
        f"/messages/orders/{order_id}",
        f"/messages/clients/{client_id}/nordvik",
        f"/orders/{order_id}",
        f"/clients/{client_id}/orders",
        "/",
    ):
        assert "Wolpertinger" not in client.get(path).text
    for path in (of_order, general, f"/orders/{order_id}", "/orders"):
        assert "Wolpertinger" not in caller.get(path).text
    # a dialogue of nothing but notes is none to them
    rows = client.get("/messages").text.partition("<tbody")[2].partition("</tbody>")[0]
    assert f'"/messages/orders/{order_id}"' in rows
    assert "/messages/clients/" not in rows
    for path in (of_order, general):
        assert "Wolpertinger" in maria.get(path).text
    for file_id in (1, 2):
        assert client.get(f"/messages/files/{file_id}").status_code == 404
    export = visit("owner").send(f"/clients/{client_id}/export")
    with ZipFile(BytesIO(export.data)) as archive:
        names = archive.namelist()
        assert not any("Wolpertinger" in name for name in names)
        assert b"Wolpertinger" not in archive.read("client.json")


def test_a_template_is_inserted_after_what_was_typed(visit: Visit, places: dict[str, Any]) -> None:
    maria = visit("maria")
    path = f"/messages/orders/{places['order_id']}"
    page = send(maria, path, text="First this.", insert="1", template=str(places["template_id"]))
    assert page.status_code == 200
    assert "First this.\n\nHello, " in page.text
    assert "{client}" not in page.text


def test_sums_in_a_dialogue_are_for_those_who_see_prices(
    visit: Visit, world: World, api: Api, order_id: int
) -> None:
    hold_only(world, "georgi", "messages:message:read", "orders:order:read", "orders:history:read")
    sum_ = api("owner").get(f"/orders/{order_id}").get_json()["total"]["amount"]
    for login, expected in (("maria", True), ("georgi", False)):
        told = api(login).get(f"/orders/{order_id}/messages").text
        assert (sum_.replace(".", ",") in told) is expected
        page = visit(login).get(f"/messages/orders/{order_id}").text
        assert ("BG80 BNBG" in page) is expected


def test_the_api_counts_writes_and_marks_as_read(api: Api, order_id: int) -> None:
    maria, client = api("maria"), api(CLIENT)
    maria.post(f"/orders/{order_id}/messages/read", {})
    written = client.post(f"/orders/{order_id}/messages", {"text": "When?", "internal": False})
    assert written.status_code == 201
    assert written.get_json()["side"] == "client"
    order = maria.get(f"/orders/{order_id}").get_json()
    assert (order["messages"], order["unread"]) == (1, 1)
    listed = maria.get("/orders").get_json()["items"][0]
    assert (listed["messages"], listed["unread"]) == (1, 1)
    items = maria.get(f"/orders/{order_id}/messages").get_json()["items"]
    assert sum(item["unread"] for item in items) == 1
    assert maria.post(f"/orders/{order_id}/messages/read", {}).get_json() == {"unread": 0}
    assert maria.get(f"/orders/{order_id}").get_json()["unread"] == 0
    page = maria.get(f"/orders/{order_id}/messages", limit=1).get_json()
    rest = maria.get(f"/orders/{order_id}/messages", cursor=page["next_cursor"]).get_json()
    assert [*page["items"], *rest["items"]] == [{**item, "unread": False} for item in items]


def file(name: str, content: bytes) -> dict[str, str]:
    return {"name": name, "content": b64encode(content).decode()}


def test_files_come_and_go_by_the_api(api: Api, order_id: int) -> None:
    maria, client = api("maria"), api(CLIENT)
    large = b"a" * (3 * 1024 * 1024)
    body = {"text": "", "files": [file("../../x.png", PNG), file("a.txt", large)]}
    written = client.post(f"/orders/{order_id}/messages", body)
    assert written.status_code == 201
    sent = written.get_json()["files"]
    assert [(one["name"], one["size"]) for one in sent] == [("x.png", 24), ("a.txt", len(large))]
    got = maria.get(f"/messages/files/{sent[0]['id']}")
    assert (got.data, got.mimetype) == (PNG, "image/png")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert maria.get(f"/messages/files/{sent[1]['id']}").data == large
    for stranger in ("olga", "rhein-labs"):
        assert api(stranger).get(f"/messages/files/{sent[0]['id']}").status_code == 404


def test_a_file_of_a_note_is_not_for_clients_by_the_api(api: Api, order_id: int) -> None:
    note = {"text": "a", "internal": True, "files": [file("a.png", PNG)]}
    (kept,) = api("maria").post(f"/orders/{order_id}/messages", note).get_json()["files"]
    assert api(CLIENT).get(f"/messages/files/{kept['id']}").status_code == 404


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ([file("a.html", b"<script>")], 422, "file_type"),
        ([file("a.png", b"<svg onload=alert(1)>")], 422, "file_type"),
        ([file("a.svg", b"<svg/>")], 422, "file_type"),
        ([file("a.txt", b"")], 422, "file_empty"),
        ([file("a.txt", b"a" * (MAX_BYTES + 1))], 422, "file_too_large"),
        ([file("a.png", PNG)] * 6, 422, "too_long"),
        ([{"name": "a.png", "content": "no base64!"}], 422, "base64"),
        ([file("a.txt", b"a" * (8 * 1024 * 1024))], 413, "too_large"),
    ],
)
def test_the_api_takes_no_other_files_than_the_page(
    api: Api, world: World, order_id: int, files: list[dict[str, str]], status: int, code: str
) -> None:
    caller = api(CLIENT)
    before = world.everything()
    refused = caller.post(f"/orders/{order_id}/messages", {"text": "a", "files": files})
    assert refused.status_code == status
    assert code in refused.text
    assert world.everything() == before


def test_whoever_has_no_token_sends_nothing_large(api: Api, order_id: int) -> None:
    body = {"text": "a", "files": [file("a.txt", b"a" * (2 * 1024 * 1024))]}
    caller = api(CLIENT)
    refused = caller.http.post(f"/api/v1/orders/{order_id}/messages", json=body)
    assert refused.status_code in {401, 413}
    # nor does an endpoint that takes no files
    assert caller.post(f"/orders/{order_id}/messages/read", body).status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "a", "internal": "yes"}, 422),
        ({"text": "a", "more": 1}, 422),
        ({}, 422),
        ({"text": "a", "internal": True}, 403),
    ],
)
def test_the_api_refuses_what_is_wrong(
    api: Api, world: World, order_id: int, body: dict[str, Any], status: int
) -> None:
    caller = api(CLIENT)
    before = world.everything()
    refused = caller.post(f"/orders/{order_id}/messages", body)
    assert refused.status_code == status
    assert world.everything() == before


def test_a_dialogue_that_did_not_begin_is_an_empty_page(
    visit: Visit, world: World, order_id: int
) -> None:
    client_id = world.client_id(CLIENT)
    page = visit("maria").get(f"/messages/clients/{client_id}/nordvik")
    assert (page.status_code, "Nothing has been written yet." in page.text) == (200, True)
    with world.database.reading() as session:
        assert session.scalars(select(Dialogue.order_id)).all() == [order_id]


def test_m3_pickup_is_offered_and_answered_by_a_click(
    visit: Visit, world: World, api: Api, order_id: int
) -> None:
    router = {"tariff": "router-ax", "period": "once"}
    more = {"provider": "sever", "payment_method": "balance"}
    here = place(api("owner"), world.client_id("ip.vetrov"), router, **more)["id"]
    maria, client, path = visit("maria"), visit("ip.vetrov"), f"/messages/orders/{here}"
    # what is hosted is sent nowhere
    hosted = f"/messages/orders/{order_id}"
    assert 'id="offer-pickup"' not in maria.get(hosted).text
    refused = maria.send(f"{hosted}/pickup")
    assert (refused.status_code, "Pickup can be offered" in refused.text) == (422, True)
    offer, typed = fill(maria.get(path), "offer-pickup")
    assert maria.http.post(offer, data=typed).status_code == 303
    assert "наб. реки Мойки, д. 70" in client.get(path).text
    assert 'id="answer-pickup"' in client.get(f"/orders/{here}").text
    answer, typed = fill(client.get(path), "answer-pickup", accepts="yes")
    assert client.http.post(answer, data=typed).status_code == 303
    assert "Pickup accepted" in maria.get(path).text
    assert 'id="answer-pickup"' not in client.get(path).text


def test_m3_pickup_by_the_api(world: World, api: Api, order_id: int) -> None:
    router = {"tariff": "router-ax", "period": "once"}
    more = {"provider": "sever", "payment_method": "balance"}
    here = place(api("owner"), world.client_id("ip.vetrov"), router, **more)["id"]
    maria, client = api("maria"), api("ip.vetrov")
    assert maria.post(f"/orders/{order_id}/pickup-offer", {}).get_json()["code"] == "no_pickup"
    assert maria.post(f"/orders/{here}/pickup-offer", {}).status_code == 200
    assert maria.post(f"/orders/{here}/pickup-offer", {}).get_json()["code"] == "pickup_offered"
    assert maria.post(f"/orders/{here}/pickup-answer", {"accepts": True}).status_code == 403
    answered = client.post(f"/orders/{here}/pickup-answer", {"accepts": False})
    assert (answered.status_code, answered.get_json()["side"]) == (200, "client")
