"""Two people change the same thing: each change is kept, and the second learns of the first."""

from dataclasses import dataclass

import pytest

from billing_panel.administration.details.concurrent_changes import (
    differences,
    merged,
    merged_sets,
    refuse_stale,
    state_of,
)
from billing_panel.kernel.language.errors import Conflict


@dataclass(frozen=True)
class Details:
    name: str
    limit: int


SEEN = Details("Shop", 5)


def test_differences_are_before_and_after() -> None:
    assert differences(SEEN, Details("Shop", 7)) == {"limit": [5, 7]}


def test_what_was_seen_may_be_changed_and_anything_else_not() -> None:
    refuse_stale(SEEN, state_of(SEEN))
    refuse_stale(SEEN, None)
    with pytest.raises(Conflict) as refusal:
        refuse_stale(Details("Store", 5), state_of(SEEN))
    assert refusal.value.code == "changed_meanwhile"


def test_hidden_fields_are_no_news() -> None:
    refuse_stale(Details("Shop", 9), state_of(SEEN, ["limit"]), ["limit"])


def test_both_changes_are_kept() -> None:
    now, typed = Details("Store", 5), Details("Shop", 7)
    assert merged(now, typed, state_of(SEEN)) == (Details("Store", 7), {"name": "Store"})


def test_a_hidden_field_stays_as_it_is() -> None:
    now, typed = Details("Shop", 9), Details("Store", 0)
    assert merged(now, typed, state_of(SEEN, ["limit"])) == (Details("Store", 9), {})


def test_a_state_that_was_tampered_with_hides_no_change() -> None:
    now, typed = Details("Store", 5), Details("Shop", 7)
    assert merged(now, typed, "{")[1] == {"name": "Store", "limit": 5}


def test_sets_take_what_is_more_and_lose_what_is_less() -> None:
    base, typed, now = frozenset("ab"), frozenset("bc"), frozenset("abd")
    assert merged_sets(base, typed, now) == frozenset("bcd")
