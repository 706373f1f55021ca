"""A request that comes twice is done once, on both databases."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import Conflict, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.request_keys import MAX_KEY, KeyedAnswer, RequestKey, once
from tests.world import World

# whoever waits longer than that for another thread waits for ever
PATIENCE = 60


class Work:
    """What a request does: it writes a row, and counts how often."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs = 0

    def ask(
        self, key: str = "k1", *, scope: str = "test", run: Any = None, **content: Any
    ) -> KeyedAnswer:
        with self.world.database.writing() as session:

            def rename() -> dict[str, Any]:
                self.runs += 1
                provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
                provider.name = f"renamed {self.runs}"
                return run() if run else {"name": provider.name}

            return once(
                session,
                rename,
                scope=scope,
                key=key,
                content=content or {"order": 1},
                at=self.world.clock.now(),
            )

    def keys(self) -> list[str]:
        with self.world.database.reading() as session:
            return list(session.scalars(select(RequestKey.key).order_by(RequestKey.id)))


@pytest.fixture
def work(world: World) -> Work:
    return Work(world)


def refuse() -> dict[str, Any]:
    raise Refused(text("The rule says no."))


def test_the_same_request_is_given_the_same_answer_and_done_once(work: Work) -> None:
    first, second, third = work.ask(), work.ask(), work.ask()
    assert first == KeyedAnswer({"name": "renamed 1"}, replayed=False)
    assert second == third == KeyedAnswer({"name": "renamed 1"}, replayed=True)
    assert work.runs == 1


def test_the_order_in_which_content_is_written_does_not_matter(work: Work) -> None:
    work.ask(client=1, lines=[{"tariff": "vps", "quantity": 2}])
    again = work.ask(lines=[{"quantity": 2, "tariff": "vps"}], client=1)
    assert again.replayed


@pytest.mark.parametrize(
    "other", [{"order": 2}, {"order": "1"}, {"order": 1, "note": ""}, {"o": 1}]
)
def test_a_key_used_for_something_else_is_a_conflict_and_changes_nothing(
    work: Work, other: dict[str, Any]
) -> None:
    work.ask(order=1)
    before = work.world.everything()
    with pytest.raises(Conflict) as refusal:
        work.ask(**other)
    assert refusal.value.code == "idempotency_key_reused"
    assert work.world.everything() == before
    assert work.runs == 1


def test_other_keys_and_other_scopes_are_other_requests(work: Work) -> None:
    outcomes = [work.ask("k1"), work.ask("k2"), work.ask("K1"), work.ask("k1", scope="other")]
    assert [outcome.replayed for outcome in outcomes] == [False] * 4
    assert work.runs == 4


def test_a_request_that_failed_leaves_no_key_and_may_come_again(work: Work) -> None:
    before = work.world.everything()
    with pytest.raises(Refused):
        work.ask(run=refuse)
    assert work.world.everything() == before
    assert work.ask() == KeyedAnswer({"name": "renamed 2"}, replayed=False)
    assert work.keys() == ["k1"]


@pytest.mark.parametrize("key", ["", "k" * (MAX_KEY + 1)])
def test_a_key_has_1_to_200_characters(work: Work, key: str) -> None:
    before = work.world.everything()
    with pytest.raises(Invalid) as refusal:
        work.ask(key)
    assert [error.field for error in refusal.value.errors] == ["request_key"]
    assert work.world.everything() == before
    assert work.runs == 0


@pytest.mark.parametrize("key", ["k" * MAX_KEY, "ключ № 1", "'; --", " "])
def test_any_other_text_is_a_key(work: Work, key: str) -> None:
    assert not work.ask(key).replayed
    assert work.ask(key).replayed


@pytest.mark.parametrize(
    "answer", [{}, {"orders": [1, 2]}, {"text": "№ “”", "none": None, "deep": {"list": [[]]}}]
)
def test_an_answer_is_kept_as_it_was(work: Work, answer: dict[str, Any]) -> None:
    assert work.ask(run=lambda: answer).answer == answer
    assert work.ask() == KeyedAnswer(answer, replayed=True)


class Meeting:
    """A first request is held in the middle until a second one has come."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.first_runs = Event()
        self.second_comes = Event()

    def hold(self) -> None:
        self.first_runs.set()
        assert self.second_comes.wait(PATIENCE)

    def second(self, **content: Any) -> KeyedAnswer:
        assert self.first_runs.wait(PATIENCE)
        self.second_comes.set()
        return self.work.ask(**content)

    def answer(self) -> dict[str, Any]:
        self.hold()
        return {"by": "the first"}

    def failure(self) -> dict[str, Any]:
        self.hold()
        return refuse()


def test_a_second_request_waits_for_the_answer_of_the_first(work: Work) -> None:
    meeting = Meeting(work)
    with ThreadPoolExecutor(2) as pool:
        first: Future[KeyedAnswer] = pool.submit(work.ask, run=meeting.answer)
        second = pool.submit(meeting.second)
        assert first.result(PATIENCE) == KeyedAnswer({"by": "the first"}, replayed=False)
        assert second.result(PATIENCE) == KeyedAnswer({"by": "the first"}, replayed=True)
    assert work.runs == 1


def test_a_second_request_is_done_when_the_first_fails(work: Work) -> None:
    meeting = Meeting(work)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(work.ask, run=meeting.failure)
        second = pool.submit(meeting.second)
        assert isinstance(first.exception(PATIENCE), Refused)
        assert second.result(PATIENCE) == KeyedAnswer({"name": "renamed 2"}, replayed=False)
    assert work.keys() == ["k1"]


def test_a_second_request_with_other_content_conflicts_once_the_first_is_done(work: Work) -> None:
    meeting = Meeting(work)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(work.ask, run=meeting.answer)
        second = pool.submit(meeting.second, order=2)
        assert not first.result(PATIENCE).replayed
        assert isinstance(second.exception(PATIENCE), Conflict)
    assert work.runs == 1
