"""Letters as tests post and find them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.mail.letters import Letter, post
from billing_panel.mail.models import LetterRow, LetterState, MailText
from tests.world import World

VALUES = {
    "name": "Elena",
    "login": "stoyanova",
    "firm": "Nordvik Hosting",
    "when": "today",
    "account": "https://panel.example/account",
    "forgotten": "https://panel.example/forgot-password",
    "address": "203.0.113.7",
    "browser": "Firefox",
}


def letter(key: str, to: str = "elena@stoyanova.example", **more: Any) -> Letter:
    """About a sign-in from a new browser."""
    values = {**VALUES, **more.pop("values", {})}
    return Letter(key, more.pop("kind", "account.signed_in"), to, "en", values, **more)


def posted(world: World, *letters: Letter) -> int:
    with world.database.writing() as session:
        return post(session, letters, at=world.clock.now())


def rows(world: World) -> Sequence[LetterRow]:
    """All there are, in the order in which they were posted."""
    with world.database.reading() as session:
        return session.scalars(select(LetterRow).order_by(LetterRow.id)).all()


def states(world: World) -> dict[str, str]:
    return {row.key: row.state.value for row in rows(world)}


def provider_id(world: World, key: str) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Provider.id).filter_by(key=key)).one()


def own_text(world: World, language: str = "en") -> str:
    """The language, in which nordvik has a text of its own now."""
    own = MailText(
        provider_id=provider_id(world, "nordvik"),
        kind="account.signed_in",
        language=language,
        subject="Hello",
        text="Hello {{ name }}",
    )
    with world.database.writing() as session:
        session.add(own)
    return language


def failed_letter(world: World, key: str = "failed", provider: str | None = "nordvik") -> int:
    """The id of one that the mail server refused."""
    owner = provider_id(world, provider) if provider else None
    posted(world, letter(key, provider_id=owner))
    with world.database.writing() as session:
        values = {"state": LetterState.FAILED, "problem": "refused", "answer": "550 no such user"}
        found = update(LetterRow).filter_by(key=key).values(**values, ended_at=world.clock.now())
        return session.scalars(found.returning(LetterRow.id)).one()
