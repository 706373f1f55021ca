"""A client asks to return what was delivered, and staff answer; files come with a step."""

import pytest
from sqlalchemy import select

from billing_panel.kernel.files.attached_files import take_files
from billing_panel.kernel.language.errors import Invalid, NotFound
from plugins.messages.store.find_dialogues import files_with_steps, find_attachment
from plugins.messages.store.models import Attachment, Message
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from tests.actions.conftest import Opening
from tests.businesses import ROUTER, SERVER, Business
from tests.notices import Telling

PICTURE = ("scratch.png", b"\x89PNG\r\n\x1a\n" + b"0" * 20)
WHY = "The lid is scratched"
WORDS = "Send it to Vasil Levski 1"


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


def delivered(shop: Business) -> tuple[int, int]:
    """An order that the client has, and its line."""
    order_id = shop.place(ROUTER)
    shop.put(order_id, "delivered")
    return order_id, shop.order(order_id).lines[0].id


def ask(shop: Business, order_id: int, line_id: int, **more: str) -> None:
    fields = {"to_return": f"{line_id}:1", "return_reason": WHY, **more}
    shop.move(order_id, "ask_return", by="buyer", **fields)


def test_a_client_asks_and_the_provider_takes_it_back_by_its_own_step(shop: Business) -> None:
    order_id, line_id = delivered(shop)
    ask(shop, order_id, line_id)
    assert shop.status(order_id) == "delivered"
    assert shop.order(order_id).return_asked_at is not None
    shop.put(order_id, "returned", taken_back="back")
    assert shop.status(order_id) == "returned"
    assert shop.order(order_id).return_asked_at is None


def test_a_request_is_made_once_and_refused_with_words(shop: Business) -> None:
    order_id, line_id = delivered(shop)
    ask(shop, order_id, line_id)
    again = {"to_return": f"{line_id}:1", "return_reason": WHY}
    assert shop.refused(order_id, "ask_return", by="buyer", **again) >= {"return_asked"}
    assert "missing_fields" in shop.refusal(lambda: shop.move(order_id, "refuse_return"))
    shop.move(order_id, "refuse_return", client_text="It was used")
    assert shop.status(order_id) == "delivered"
    # the client may ask anew
    ask(shop, order_id, line_id)


@pytest.mark.parametrize("written", ["{line}:2", "{line}:0", "999999:1", "{line}:1 {line}:1", "x"])
def test_what_was_not_delivered_is_not_asked_for(shop: Business, written: str) -> None:
    order_id, line_id = delivered(shop)
    before = shop.world.everything()
    with pytest.raises(Invalid) as refused:
        ask(shop, order_id, line_id, to_return=written.format(line=line_id))
    assert [error.field for error in refused.value.errors] == ["fields.to_return"]
    assert shop.world.everything() == before


def test_nobody_asks_before_it_is_delivered_and_staff_do_not_ask(shop: Business) -> None:
    order_id = shop.place(ROUTER)
    line_id = shop.order(order_id).lines[0].id
    fields = {"to_return": f"{line_id}:1", "return_reason": WHY}
    assert shop.refused(order_id, "ask_return", by="buyer", **fields)
    assert shop.refused(order_id, "ask_return", by="maria", **fields)
    assert shop.refused(order_id, "accept_return", by="maria")


def test_both_sides_are_told(shop: Business) -> None:
    told = Telling(shop.world)
    order_id, line_id = delivered(shop)
    told.follow()
    ask(shop, order_id, line_id)
    told.follow()
    assert told.screens("maria")[-1] == "return.asked"
    assert "return.asked" not in told.screens("buyer")
    shop.move(order_id, "accept_return", client_text=WORDS)
    told.follow()
    assert told.screens("buyer")[-1] == "return.answered"


def test_files_come_with_an_answer_and_are_read_by_who_sees_the_order(business: Opening) -> None:
    hosting = business("hosting")
    order_id = hosting.place(SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    hosting.move(order_id, "ask", reason="Which system?")
    files = take_files([PICTURE])
    command = AdvanceOrder(order_id, "resume", fields={"answer": "Debian"}, files=files)
    hosting.act(advance_order, command, by="buyer")
    with hosting.world.database.reading() as session:
        message = session.scalars(select(Message).join(Attachment)).one()
        file_id = session.scalars(select(Attachment.id)).one()
        assert (message.text, message.internal) == ("Debian", False)
        for login in ("buyer", "maria"):
            ((at, found, name),) = files_with_steps(session, hosting.actor(login), order_id)
            assert (at, found, name) == (message.at, file_id, "scratch.png")
            assert find_attachment(session, hosting.actor(login), file_id).content == PICTURE[1]
    with hosting.world.database.reading() as session, pytest.raises(NotFound):
        find_attachment(session, hosting.actor("stoyanova"), file_id)


def test_files_are_refused_where_nothing_asks_for_them(shop: Business) -> None:
    order_id = shop.place(ROUTER)
    before = shop.world.everything()
    command = AdvanceOrder(order_id, "set", to="processing", files=take_files([PICTURE]))
    with pytest.raises(Invalid) as refused:
        shop.act(advance_order, command)
    assert [error.field for error in refused.value.errors] == ["files"]
    assert shop.world.everything() == before
