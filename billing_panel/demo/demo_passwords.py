"""Passwords for the demo's people: made when it is first served, printed once, kept nowhere."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.passwords import hash_password
from billing_panel.demo.demo_file import read_toml
from billing_panel.kernel.database.database import Database

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class DemoLogin:
    """A login and its new password; ``who``: what they are, in words."""

    login: str
    password: str
    who: str


def give_passwords(database: Database) -> list[DemoLogin]:
    """New passwords for the demo's people, or none when they already have some."""
    with database.reading() as session:
        if _some_have_passwords(session):
            return []
    given = [DemoLogin(login, _password(), words) for login, words in _who().items()]
    hashes = {one.login: hash_password(one.password) for one in given}
    with database.writing() as session:
        if _some_have_passwords(session):
            return []
        for user in session.scalars(select(User).where(User.login.in_(hashes))):
            user.password_hash = hashes[user.login]
    return given


def _who() -> Mapping[str, str]:
    """The demo's people by login, in words; the files were validated when they were loaded."""
    people, counter = read_toml("clients"), read_toml("more_clients")
    staff = [*people["staff"], *counter["staff"]]
    return {
        **{one["login"]: _staff_words(one) for one in staff},
        **{one["login"]: f"client, {one['name']}" for one in people["client"]},
    }


def _some_have_passwords(session: Session) -> bool:
    of_demo = User.login.in_(_who())
    found = select(User.id).where(of_demo, User.password_hash.is_not(None)).limit(1)
    return session.scalar(found) is not None


def _staff_words(one: Mapping[str, Any]) -> str:
    return "owner" if one.get("owner") else f"staff, {', '.join(one.get('departments', []))}"


def _password() -> str:
    """About 69 bits, easy to read aloud."""
    parts = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))
    return "-".join(parts)
