"""Which state a program saw: versions of details, what a body leaves out, and who comes second."""

from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import Field

from billing_panel.administration.details.concurrent_changes import state_of, version_of
from billing_panel.api.answer_models import Answer
from billing_panel.api.request_bodies import VersionedBody
from billing_panel.api.setup.seen_details import changed, on_state, on_version
from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.text import text


@dataclass(frozen=True)
class Details:
    name: str
    titles: dict[str, str] = field(default_factory=dict)
    cap: Decimal | None = None


class DetailsBody(VersionedBody):
    name: str = Field(default_factory=str)
    cap: str | None = None


class Current(Answer):
    version: int


NOW = Details("Sales", {"en": "Sales", "bg": "Продажби"}, Decimal("12.5"))


def call(version: int | None) -> Any:
    """As much of a request as is asked for here."""
    return SimpleNamespace(version=version)


def test_a_state_has_one_version_and_another_state_another() -> None:
    same = Details("Sales", {"bg": "Продажби", "en": "Sales"}, Decimal("12.5"))
    assert version_of(same) == version_of(NOW)
    others = [
        Details("Sales."),
        Details("Sales", NOW.titles),
        Details("Sales", NOW.titles, Decimal("12.6")),
    ]
    versions = {version_of(one) for one in (NOW, *others)}
    assert len(versions) == 4
    assert all(1 <= version <= 2**52 for version in versions)


def test_what_a_body_leaves_out_stays_as_it_is() -> None:
    assert changed(NOW, DetailsBody()) == NOW
    assert changed(NOW, DetailsBody(version=7)) == NOW
    assert changed(NOW, DetailsBody(name="")).name == ""
    assert changed(NOW, DetailsBody(cap=None)).cap is None
    read = changed(NOW, DetailsBody(cap="3"), cap=Decimal(3), name="not named")
    assert (read.cap, read.name) == (Decimal(3), "Sales")


def test_whoever_says_no_version_or_the_one_there_is_goes_on() -> None:
    for version in (None, version_of(NOW)):
        with on_state(call(version), NOW, lambda: Current(version=1)) as seen:
            assert seen == state_of(NOW)


def test_another_version_is_told_what_is_there_and_nothing_runs() -> None:
    with (
        pytest.raises(Conflict) as refused,
        on_version(call(2), 3, lambda: Current(version=3)),
    ):
        pytest.fail("nothing may run")
    assert refused.value.code == "stale_version"
    assert refused.value.facts["current"] == Current(version=3)


def test_whoever_is_overtaken_by_a_moment_is_told_the_same() -> None:
    with pytest.raises(Conflict) as refused, on_version(call(3), 3, lambda: Current(version=4)):
        raise Conflict(text("Someone was quicker."), code="changed_meanwhile")
    assert refused.value.code == "stale_version"
    assert refused.value.facts["current"] == Current(version=4)


def test_other_conflicts_are_told_as_they_are() -> None:
    with pytest.raises(Conflict) as refused, on_version(call(3), 3, lambda: Current(version=4)):
        raise Conflict(text("It is over."), code="not_waiting")
    assert refused.value.code == "not_waiting"
