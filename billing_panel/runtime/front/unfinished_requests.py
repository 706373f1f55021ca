"""Unfinished requests, oldest first, with limits for one address and in all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Guest:
    """Somebody who is waited for. ``address`` empty: not known yet; ``give_way`` ends the wait."""

    address: str
    give_way: Callable[[], None]


class WaitingRoom:
    """When it is full the oldest gives way, not the newest.

    Who sends a whole request is done in a moment, even from an address that keeps others waiting:
    a neighbour behind the same router, or whoever pretends to be one, shuts nobody out.
    """

    def __init__(self, *, each: int, whole: int) -> None:
        self._each = each
        self._whole = whole
        # dicts keep the order of coming, and let go in constant time
        self._guests: dict[Guest, None] = {}
        self._of_address: dict[str, dict[Guest, None]] = {}

    def __len__(self) -> int:
        return len(self._guests)

    def enter(self, guest: Guest) -> None:
        same = self._of_address.get(guest.address, {})
        if guest.address and len(same) >= self._each:
            self._send_away(same)
        elif len(self) >= self._whole:
            self.make_room()
        self._guests[guest] = None
        self._of_address.setdefault(guest.address, {})[guest] = None

    def leave(self, guest: Guest) -> None:
        """Who has left already may leave again."""
        self._guests.pop(guest, None)
        same = self._of_address.get(guest.address, {})
        same.pop(guest, None)
        if not same:
            self._of_address.pop(guest.address, None)

    def make_room(self) -> bool:
        """The oldest of all gives way; False: nobody is here."""
        return self._send_away(self._guests)

    def close(self) -> None:
        """Everybody gives way."""
        while self.make_room():
            pass

    def _send_away(self, guests: Iterable[Guest]) -> bool:
        oldest = next(iter(guests), None)
        if oldest is None:
            return False
        self.leave(oldest)
        oldest.give_way()
        return True
