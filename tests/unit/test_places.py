"""R11: so many at once, so many of one person, and a place given back is free."""

import pytest

from billing_panel.kernel.language.errors import Busy, TooManyAtOnce
from billing_panel.kernel.process.concurrency_limit import Places

ANNA, BORIS, VERA = 1, 2, 3


def test_r11_one_person_takes_no_more_than_their_places() -> None:
    places = Places(most=3, of_one=2)
    places.take(ANNA)
    give_back = places.take(ANNA)
    with pytest.raises(TooManyAtOnce):
        places.take(ANNA)
    places.take(BORIS)
    give_back()
    places.take(ANNA)


def test_r11_beyond_all_places_everybody_is_refused() -> None:
    places = Places(most=2, of_one=2)
    places.take(ANNA)
    give_back = places.take(BORIS)
    with pytest.raises(Busy):
        places.take(VERA)
    give_back()
    places.take(VERA)


def test_r11_what_fails_gives_its_place_back() -> None:
    places = Places(most=1, of_one=1)
    with pytest.raises(ZeroDivisionError), places.taken(ANNA):
        raise ZeroDivisionError
    with places.taken(BORIS):
        pass
