"""A provider's own texts and sender of letters; a test letter to oneself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.administration.details.keep_sign_in_email import kept_address
from billing_panel.administration.details.record_provider_event import record_of_provider
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.extension.mail_kinds import EXAMPLE_URL, MailKind, Sample
from billing_panel.kernel.input.invisible_characters import tidy
from billing_panel.kernel.language.errors import FieldError, NotFound, Refused
from billing_panel.kernel.language.text import LANGUAGES, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.secret_fingerprints import new_secret
from billing_panel.mail.letters import Letter, post
from billing_panel.mail.models import LetterRow, MailSender, MailText
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.writing.placeholders import (
    MAX_SUBJECT,
    MAX_TEXT,
    mistakes,
    stands_alone,
    without_controls,
)
from billing_panel.mail.writing.senders import usual_footer
from billing_panel.mail.writing.template_texts import (
    TemplateText,
    own_template,
    template_of,
    usual_text,
)
from billing_panel.mail.writing.written_letter import WrittenLetter, write
from permissions.guard import require
from permissions.panel_functions import PanelFunction

MAX_FOOTER = 1000
MAX_NAME = 120


@dataclass(frozen=True)
class TemplateDetails:
    """A letter's subject and text as people type them."""

    subject: str
    text: str


@dataclass(frozen=True)
class SenderDetails:
    """The sender of a provider's letters; what is empty is taken from the provider's details."""

    name: str = ""
    reply_to: str = ""
    footers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KindLine:
    """A kind of letters in the list: the languages in which the provider wrote its own text."""

    kind: MailKind
    own: Sequence[str]


@dataclass(frozen=True)
class Previewed:
    """A letter as it would be, and what its values were taken from."""

    written: WrittenLetter
    sample: Sample


def kind_lines(session: Session, provider: Provider) -> Sequence[KindLine]:
    """Every kind there is, with what the provider has of its own."""
    rows = session.execute(
        select(MailText.kind, MailText.language).filter_by(provider_id=provider.id)
    ).all()
    return [
        KindLine(kind, [code for code in LANGUAGES if (kind.key, code) in {*map(tuple, rows)}])
        for kind in _office(session).kinds.values()
    ]


def find_kind(session: Session, key: str, language: str) -> MailKind:
    """Raises NotFound, for a language that nobody is written to in, too."""
    kind = _office(session).kinds.get(key)
    if kind is None or language not in LANGUAGES:
        raise NotFound(text("There are no such e-mails."))
    return kind


def template_details(
    session: Session, provider: Provider, kind: MailKind, language: str
) -> TemplateDetails:
    """What goes out now."""
    now = template_of(session, kind.key, language, provider.id)
    return TemplateDetails(now.subject, now.text)


def sender_details(session: Session, provider: Provider) -> SenderDetails:
    """What the provider has set."""
    own = session.get(MailSender, provider.id)
    return SenderDetails(own.name, own.reply_to, dict(own.footers)) if own else SenderDetails()


def change_template(
    session: Session,
    provider: str,
    kind: str,
    language: str,
    details: TemplateDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> None:
    """What equals the usual text is no text of one's own, and follows it from then on.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``.
    """
    owner, known = _changing(session, provider, kind, language, actor)
    now = template_details(session, owner, known, language)
    refuse_stale(now, seen)
    details = _tidied(details)
    validators.refuse_wrong(wrong_template(details, known))
    usual = usual_text(known.key, language)
    own = own_template(session, known.key, language, owner.id)
    if TemplateText(details.subject, details.text) == usual:
        if own is not None:
            session.delete(own)
    elif own is None:
        row = {"provider_id": owner.id, "kind": known.key, "language": language}
        session.execute(insert(MailText).values(**row, **vars(details)))
    else:
        own.subject, own.text = details.subject, details.text
    if changed := sorted(differences(now, details)):
        facts = {"kind": known.key, "language": language, "fields": changed}
        record_of_provider(
            session, "mail.template_changed", owner, facts, actor=actor, at=clock.now()
        )


def reset_template(
    session: Session, provider: str, kind: str, language: str, *, actor: Actor, clock: Clock
) -> None:
    """The usual text again. Raises FunctionNotHeld, NotFound."""
    owner, known = _changing(session, provider, kind, language, actor)
    own = own_template(session, known.key, language, owner.id)
    if own is not None:
        session.execute(delete(MailText).filter_by(id=own.id))
        facts = {"kind": known.key, "language": language, "fields": ["subject", "text"]}
        record_of_provider(
            session, "mail.template_changed", owner, facts, actor=actor, at=clock.now()
        )


def change_sender(
    session: Session,
    provider: str,
    details: SenderDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> None:
    """Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``."""
    require(actor, PanelFunction.MAIL_TEMPLATE_CHANGE)
    owner = find_provider(session, actor, provider)
    lock_row(session, owner)
    now = sender_details(session, owner)
    refuse_stale(now, seen)
    details = SenderDetails(
        tidy(details.name),
        kept_address(details.reply_to),
        {code: _plain(words) for code, words in details.footers.items() if words.strip()},
    )
    validators.refuse_wrong(_wrong_sender(details))
    changed = sorted(differences(now, details))
    if not changed:
        return
    session.merge(
        MailSender(
            provider_id=owner.id,
            name=details.name,
            reply_to=details.reply_to,
            footers=dict(details.footers),
        )
    )
    record_of_provider(
        session, "mail.sender_changed", owner, {"fields": changed}, actor=actor, at=clock.now()
    )


def preview(
    session: Session,
    provider: Provider,
    kind: MailKind,
    language: str,
    details: TemplateDetails,
    *,
    actor: Actor,
) -> Previewed:
    """As it would be, with values of something real of theirs, else with made-up ones.

    Raises Invalid for a text that could not be saved.
    """
    details = _tidied(details)
    validators.refuse_wrong(wrong_template(details, kind))
    sample = kind.samples(session, actor, provider.id, language) or Sample(kind.example)
    written = write(
        session,
        _office(session),
        kind,
        TemplateText(details.subject, details.text),
        {**_example(session, kind), **sample.values},
        language=language,
        provider_id=provider.id,
    )
    return Previewed(written, sample)


def send_test(
    session: Session,
    provider: str,
    kind: str,
    language: str,
    details: TemplateDetails,
    *,
    actor: Actor,
    to: str,
    clock: Clock,
) -> None:
    """A letter with the text as it is typed, to ``to``, the actor's own address.

    Raises FunctionNotHeld, NotFound, Invalid, Refused ``no_address`` or ``mail_not_set_up``.
    """
    owner, known = _changing(session, provider, kind, language, actor)
    details = _tidied(details)
    validators.refuse_wrong(wrong_template(details, known))
    if not to:
        raise Refused(
            text("You have no e-mail address yet: add it on the page My account."),
            code="no_address",
        )
    sample = known.samples(session, actor, owner.id, language)
    example, at = _example(session, known), clock.now()
    values = {**example, **(sample.values if sample else {})}
    letter = Letter(
        key=f"test-{new_secret()}",
        kind=known.key,
        to=to,
        language=language,
        values={name: value for name, value in values.items() if name not in known.secrets},
        provider_id=owner.id,
        user_id=actor.user_id,
        secrets={name: example[name] for name in known.secrets},
    )
    if not post(session, [letter], at=at):
        raise Refused(text("Mail is not set up here."), code="mail_not_set_up")
    row = session.scalars(select(LetterRow).filter_by(key=letter.key)).one()
    row.subject, row.text = details.subject, details.text


def wrong_template(details: TemplateDetails, kind: MailKind) -> Iterator[FieldError]:
    """Ask for a subject and a text in which nothing stands but words and places of the kind."""
    yield from validators.filled("subject", details.subject, most=MAX_SUBJECT)
    yield from validators.filled("text", details.text, most=MAX_TEXT)
    open_places = [name for name in kind.placeholders if name not in kind.secrets]
    for name, allowed in (("subject", open_places), ("text", [*kind.placeholders])):
        for message in mistakes(getattr(details, name), allowed):
            yield FieldError(name, "placeholder", message)
    for name in sorted(kind.secrets):
        if f"{{{{ {name} }}}}" not in details.text:
            message = text("Keep {{ %(name)s }}: without it the e-mail is of no use.", name=name)
            yield FieldError("text", "placeholder", message)
        if not stands_alone(details.text, name):
            message = text(
                "Put a space or a line break before and after {{ %(name)s }}, so that it doesn’t"
                " become part of another address.",
                name=name,
            )
            yield FieldError("text", "placeholder", message)


def usual_sender(provider: Provider) -> SenderDetails:
    """What is written where nothing is set."""
    footer = usual_footer(provider)
    return SenderDetails(
        provider.name, provider.email, {code: footer.in_language(code) for code in LANGUAGES}
    )


def _changing(
    session: Session, provider: str, kind: str, language: str, actor: Actor
) -> tuple[Provider, MailKind]:
    """The provider, locked: of two who write the same text the second is told."""
    require(actor, PanelFunction.MAIL_TEMPLATE_CHANGE)
    owner = find_provider(session, actor, provider)
    lock_row(session, owner)
    return owner, find_kind(session, kind, language)


def _wrong_sender(details: SenderDetails) -> Iterator[FieldError]:
    yield from validators.short("name", details.name, most=MAX_NAME)
    yield from validators.email("reply_to", details.reply_to)
    for code, words in details.footers.items():
        yield from validators.language("footers", code)
        yield from validators.short(f"footers.{code}", words, most=MAX_FOOTER)


def _tidied(details: TemplateDetails) -> TemplateDetails:
    return TemplateDetails(tidy(details.subject), _plain(details.text))


def _plain(words: str) -> str:
    return without_controls(words).strip()


def _example(session: Session, kind: MailKind) -> dict[str, str]:
    """Made-up values, with addresses that begin as the panel's own do."""
    url = _office(session).public_url
    return {name: value.replace(EXAMPLE_URL, url) for name, value in kind.example.items()}


def _office(session: Session) -> PostOffice:
    office: PostOffice = session.info[POST_OFFICE]
    return office
