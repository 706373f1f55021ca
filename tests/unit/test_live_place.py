"""How far a reader has come, with holes where something may still come."""

import pytest

from billing_panel.kernel.language.errors import Refused
from billing_panel.live.feed_cursor import MOST_HOLES, Cursor, Place, read_cursor


def read(place: Place, *numbers: int) -> Place:
    for number in numbers:
        place = place.after(number)
    return place


def test_what_is_skipped_is_a_hole_until_it_is_read() -> None:
    place = read(Place(10), 12, 16)
    assert place == Place(16, ((11, 11), (13, 15)))
    assert [number for number in range(9, 18) if place.lacks(number)] == [11, 13, 14, 15, 17]
    assert read(place, 14) == Place(16, ((11, 11), (13, 13), (15, 15)))
    assert read(place, 14, 11, 15, 13) == Place(16)


def test_holes_that_stay_empty_are_left_out_whatever_was_filled_of_them() -> None:
    marked = ((11, 11), (13, 15))
    place = read(Place(16, marked), 14, 20)
    assert place.without(marked) == Place(20, ((17, 19),))


def test_another_reader_knows_which_holes_stayed_empty() -> None:
    place = Place(30, ((5, 6), (8, 9), (25, 26)))
    assert place.as_known_by(Place(20, ((8, 8),))) == Place(30, ((8, 9), (25, 26)))


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor(),
        Cursor(Place(812, ((790, 791),))),
        Cursor(Place(812), {"mail": Place(7, ((1, 2), (4, 4))), "notice": Place(40)}),
    ],
)
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    assert read_cursor(str(cursor)) == cursor


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x",
        "-1",
        "12_",
        "12_3",
        "12_5-3",
        "12_5-12",
        "12_5-6_5-6",
        "12~notice",
        "12~notice.x",
        "12~notice.1~notice.2",
        "12~../x.1",
        "1" * 19,
        "12\n13",
        "_".join(["900", *(f"{n}-{n}" for n in range(1, 2 * MOST_HOLES + 3, 2))]),
        "1~" + "a" * 5000,
    ],
)
def test_what_no_cursor_of_ours_can_be_is_refused(written: str) -> None:
    with pytest.raises(Refused):
        read_cursor(written)
