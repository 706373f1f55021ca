"""R2: who has to give way when too many are waited for."""

import pytest

from billing_panel.runtime.front.unfinished_requests import Guest, WaitingRoom


class Hall:
    """A room for two of each address and four in all; ``gone`` had to give way, in turn."""

    def __init__(self) -> None:
        self.room = WaitingRoom(each=2, whole=4)
        self.gone: list[str] = []

    def enter(self, name: str, address: str) -> Guest:
        guest = Guest(address, lambda: self.gone.append(name))
        self.room.enter(guest)
        return guest


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_the_oldest_of_the_same_address_gives_way(hall: Hall) -> None:
    hall.enter("other", "b")
    for name in ("first", "second", "third"):
        hall.enter(name, "a")
    assert hall.gone == ["first"]
    assert len(hall.room) == 3


def test_the_oldest_of_all_gives_way_when_the_room_is_full(hall: Hall) -> None:
    for name, address in zip("12345", "abcde", strict=True):
        hall.enter(name, address)
    assert hall.gone == ["1"]


def test_who_is_not_known_yet_is_bounded_with_all_alone(hall: Hall) -> None:
    for name in "1234":
        hall.enter(name, "")
    assert hall.gone == []
    hall.enter("5", "")
    assert hall.gone == ["1"]


def test_who_has_left_leaves_a_place(hall: Hall) -> None:
    first = hall.enter("first", "a")
    hall.enter("second", "a")
    hall.room.leave(first)
    hall.room.leave(first)
    hall.enter("third", "a")
    assert hall.gone == []


def test_closing_sends_everybody_away(hall: Hall) -> None:
    for name in "123":
        hall.enter(name, name)
    hall.room.close()
    assert hall.gone == ["1", "2", "3"]
    assert not hall.room.make_room()
