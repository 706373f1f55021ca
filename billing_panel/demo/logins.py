"""Passwords for the demo's people: made when it is first served, printed once, kept nowhere."""

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.passwords import hash_password
from billing_panel.accounts.users import User
from billing_panel.demo.files import read_people

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class DemoLogin:
    login: str
    password: str
    who: str


def give_passwords(session: Session) -> list[DemoLogin]:
    """New passwords for the demo's people, or none when they already have some."""
    people = read_people()
    who = {
        **{s.login: _staff_words(s.departments, owner=s.owner) for s in people.staff},
        **{c.login: f"client, {c.name}" for c in people.client},
    }
    users = session.scalars(select(User).where(User.login.in_(who))).all()
    if any(user.password_hash for user in users):
        return []
    by_login = {user.login: user for user in users}
    given = [DemoLogin(login, _password(), words) for login, words in who.items()]
    for login in given:
        by_login[login.login].password_hash = hash_password(login.password)
    return given


def _staff_words(departments: list[str], *, owner: bool) -> str:
    return "owner" if owner else f"staff, {', '.join(departments)}"


def _password() -> str:
    """About 69 bits, easy to read aloud."""
    parts = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))
    return "-".join(parts)
