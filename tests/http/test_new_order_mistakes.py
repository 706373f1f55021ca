"""A new order that can't be read says of each field what is wrong, and keeps what was typed."""

import re
from collections.abc import Callable

import pytest

from tests.http.visitor import Visitor
from tests.world import World

Visit = Callable[..., Visitor]
PLACING = {"provider": "nordvik", "payment_method": "bank_transfer", "do": "place"}


def answered(world: World, visit: Visit, **typed: str) -> str:
    """The page that comes back, in one line; nothing was written."""
    visitor, before = visit("maria"), world.everything()
    path = f"/clients/{world.client_id('stoyanova')}/orders/new"
    page = visitor.send(path, **PLACING, **typed)
    assert page.status_code == 422
    assert world.everything() == before
    return re.sub(r"\s+", " ", page.text)


@pytest.mark.parametrize("typed", ["-4", "two", "1000000"])
def test_a_wrong_quantity_is_told_in_its_row_and_by_its_name(
    world: World, visit: Visit, typed: str
) -> None:
    page = answered(world, visit, **{"quantity:web-start": typed, "note": "Ring twice."})
    sentence = "The quantity must be a whole number from 1 to 100,000."
    assert f"<b>Web Start:</b> {sentence}" in page
    assert page.count(sentence) == 2
    assert 'aria-invalid="true" aria-describedby="wrong:quantity:web-start"' in page
    assert f'value="{typed}"' in page
    assert "Ring twice." in page
    # nothing is wrong with the place
    assert '<details class="elsewhere">' in page


def test_a_wrong_option_is_told_once_beside_its_tariff(world: World, visit: Visit) -> None:
    typed = {"quantity:vps-pro-4": "1", "number:vps-pro-4:ram": "7", "expected_total": "1"}
    page = answered(world, visit, **typed, **{"period:vps-pro-4": "1 month"})
    sentence = "Enter a number from 8 to 32 in steps of 4."
    assert f"<b>VPS Pro 4, Extra RAM:</b> {sentence}" in page
    assert 'id="wrong:options.ram:vps-pro-4"' in page
    assert page.count(sentence) == 2


def test_a_place_without_its_city_is_open_to_be_completed(world: World, visit: Visit) -> None:
    typed = {"quantity:web-start": "1", "delivery_address": "ul. Rakovski 1"}
    page = answered(world, visit, **typed, **{"period:web-start": "1 month"})
    assert '<details class="elsewhere" open>' in page
    assert "ul. Rakovski 1" in page
