"""Whoever listens is told of a commit, and what is wrong with that harms no transaction to come."""

import psycopg
import pytest
from sqlalchemy import text as sql

from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database import commit_signal
from tests.world import World


def make_a_mistake(world: World) -> None:
    with world.database.writing() as session:
        session.execute(sql("UPDATE user_account SET language = 'en' WHERE login = 'maria'"))
        raise RuntimeError("after something was written")


@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_commit_that_nobody_could_be_told_of_leaves_transactions_as_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_signal, "CHANNEL", "no name of a channel")
    for language in ("bg", "ru"):
        world.change(User, {"login": "maria"}, language=language)
    with pytest.raises(RuntimeError):
        make_a_mistake(world)
    assert world.actor("maria").language == "ru"


@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_listener_is_told_after_the_commit(world: World) -> None:
    address = world.database.url.set(drivername="postgresql")
    plain = address.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as listener:
        listener.execute(f"LISTEN {commit_signal.CHANNEL}")
        world.change(User, {"login": "maria"}, language="bg")
        (told,) = listener.notifies(timeout=20, stop_after=1)
        assert told.channel == commit_signal.CHANNEL
