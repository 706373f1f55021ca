"""Issue 11, R12: when two users count as one person, where two people are asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing_panel.accounts.signing_in.really_two_people import Hands


@pytest.mark.parametrize(
    ("hands", "owners", "one"),
    [
        ([], (), False),
        ([(1, 2)], (), True),
        ([(2, 1)], (), True),
        ([(1, 3), (3, 2)], (), True),
        ([(2, 3), (3, 4), (4, 1)], (), True),
        ([(1, 3), (2, 3)], (), True),
        ([(1, 3), (2, 4), (4, 3)], (), True),
        # an owner who entered both is one with each of them, and they are two
        ([(1, 3), (2, 3)], (3,), False),
        ([(1, 2), (3, 2)], (2,), True),
        ([(1, 3), (2, 4)], (), False),
        # hands in a ring end
        ([(1, 3), (3, 1)], (), False),
    ],
)
def test_r12_whose_hands_make_one_person_of_two(
    hands: Any, owners: tuple[int, ...], *, one: bool
) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    stand = Hands([(user, by, None) for user, by in hands], frozenset(owners))
    assert stand.may_be_one(1, 2, since=now) is one
    over = Hands([(user, by, now) for user, by in hands], frozenset(owners))
    assert not over.may_be_one(1, 2, since=now + timedelta(seconds=1))
    assert over.may_be_one(1, 2, since=now) is one
