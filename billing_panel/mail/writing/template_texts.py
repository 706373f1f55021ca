"""The text of a kind of letter: a provider's own, else the one that comes with the panel."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, LANGUAGES
from billing_panel.mail.models import LetterRow, MailText

SUBJECT = "Subject:"


@dataclass(frozen=True)
class TemplateText:
    """``subject`` is one line; ``text`` are paragraphs, both with places (``placeholders``)."""

    subject: str
    text: str


@cache
def usual_text(kind: str, language: str) -> TemplateText:
    """``templates/mail/<language>/<kind>.txt``: its first line is the subject.

    Raises FileNotFoundError for a kind without a text.
    """
    known = language if language in LANGUAGES else DEFAULT_LANGUAGE
    file = files("templates").joinpath("mail", known, f"{kind}.txt")
    head, _, body = file.read_text(encoding="utf-8").partition("\n")
    return TemplateText(head.removeprefix(SUBJECT).strip(), body.strip())


def own_template(session: Session, kind: str, language: str, provider_id: int) -> MailText | None:
    """What the provider wrote for it; None: the usual text serves."""
    return session.scalar(
        select(MailText).filter_by(provider_id=provider_id, kind=kind, language=language)
    )


def template_of_letter(session: Session, row: LetterRow) -> TemplateText:
    """What it was first tried with, else what it would be tried with now.

    Nothing at all for a kind that nobody declares any more.
    """
    if row.subject is not None and row.text is not None:
        return TemplateText(row.subject, row.text)
    try:
        return template_of(session, row.kind, row.language, row.provider_id)
    except FileNotFoundError:
        return TemplateText("", "")


def template_of(
    session: Session, kind: str, language: str, provider_id: int | None
) -> TemplateText:
    """The text with which a letter of the provider goes out; None: of the panel itself."""
    own = own_template(session, kind, language, provider_id) if provider_id else None
    return TemplateText(own.subject, own.text) if own else usual_text(kind, language)
