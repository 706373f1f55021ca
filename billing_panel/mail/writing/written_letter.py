"""A letter as its reader sees it: subject, plain text and HTML, from one template."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.language.text import say, text
from billing_panel.mail.post_office import PostOffice
from billing_panel.mail.writing.letter_html import Frame, letter_html
from billing_panel.mail.writing.placeholders import cleaned, plain_text, subject_line
from billing_panel.mail.writing.senders import Sender, sender_of
from billing_panel.mail.writing.template_texts import TemplateText

# where a person chooses what they are written about
SETTINGS_PATH = "/account/notices"


@dataclass(frozen=True)
class WrittenLetter:
    """``settings``: where its reader can switch such letters off; empty: they can't be."""

    subject: str
    text: str
    html: str
    sender: Sender
    settings: str


def write(
    session: Session,
    office: PostOffice,
    kind: MailKind,
    template: TemplateText,
    values: Mapping[str, str],
    *,
    language: str,
    provider_id: int | None,
) -> WrittenLetter:
    """``values``: of all the kind's places, the secret ones too."""
    sender = sender_of(session, provider_id)
    values, footer = cleaned(values), sender.footer.in_language(language)
    because = _because(office, kind, language)
    subject = subject_line(template.subject, values)
    frame = Frame(sender.name, footer, because, language)
    parts = (plain_text(template.text, values), f"-- \n{footer}" if footer else "--", because)
    return WrittenLetter(
        subject=subject,
        text="\n\n".join(parts) + "\n",
        html=letter_html(subject, template.text, values, frame, office.public_url),
        sender=sender,
        settings=f"{office.public_url}{SETTINGS_PATH}" if kind.optional else "",
    )


def _because(office: PostOffice, kind: MailKind, language: str) -> str:
    if kind.optional:
        settings = f"{office.public_url}{SETTINGS_PATH}"
        words = text("Choose what we write to you about: %(address)s", address=settings)
    else:
        words = text(
            "This message was sent automatically by %(address)s", address=office.public_url
        )
    return say(words, language)
