"""The API of a provider's mail: its sender, and what its letters say."""

from pydantic import Field, StrictStr

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.details.concurrent_changes import version_of
from billing_panel.api.answer_models import Answer, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_place
from billing_panel.api.request_bodies import Body, Name, NoBody, VersionedBody
from billing_panel.api.setup.seen_details import changed, on_state
from billing_panel.kernel.language.text import LANGUAGES, say
from billing_panel.mail.mail_templates_and_sender import (
    KindLine,
    SenderDetails,
    TemplateDetails,
    change_sender,
    change_template,
    find_kind,
    kind_lines,
    preview,
    reset_template,
    send_test,
    sender_details,
    template_details,
    usual_sender,
)
from billing_panel.mail.writing.placeholders import MAX_SUBJECT, MAX_TEXT
from billing_panel.mail.writing.template_texts import own_template
from permissions.panel_functions import PanelFunction

WRITING = PanelFunction.MAIL_TEMPLATE_CHANGE
SENDER = "/providers/<key>/mail"
KINDS = f"{SENDER}/templates"
TEMPLATE = f"{KINDS}/<letter_kind>/<lang>"
EXAMPLE = {"subject": "New sign-in", "text": "Hello {{ name }},\n\nyou signed in at {{ when }}."}

api = Api("panel_mail_texts_api", "Mail")


class SenderBody(VersionedBody):
    """What changes; the rest stays. What is empty is taken from the provider’s details.

    ``footers``: by language, what stands at the bottom of each letter.
    """

    name: StrictStr = Field(default_factory=str)
    reply_to: StrictStr = Field(default_factory=str)
    footers: dict[Name, StrictStr] = Field(default_factory=dict, max_length=len(LANGUAGES))


class MailTextBody(Body):
    """``text``: paragraphs with an empty line between them; ``{{ name }}`` is a placeholder."""

    subject: StrictStr = Field(max_length=MAX_SUBJECT)
    text: StrictStr = Field(max_length=MAX_TEXT)


class SavedTemplateBody(MailTextBody, VersionedBody):
    """A text to be saved."""


class SenderWordsAnswer(Answer):
    """Who writes, where replies go, and what stands at the bottom, by language."""

    name: str
    reply_to: str
    footers: dict[str, str] = Field(examples=[{"en": "Nordvik Hosting, Sofia"}])


class SenderAnswer(SenderWordsAnswer):
    """``usual``: what is written where nothing is set."""

    usual: SenderWordsAnswer
    version: int


class LetterKindAnswer(Answer):
    """A kind of letters. ``own``: languages in which the provider has a text of its own.

    ``placeholders``: what may stand in the text, with what it is. ``optional``: whoever gets such
    letters can switch them off.
    """

    key: str = Field(examples=["account.signed_in"])
    section: str
    title: str
    placeholders: dict[str, str] = Field(examples=[{"name": "The person’s name"}])
    optional: bool
    own: list[str] = Field(examples=[["en"]])


class TemplateAnswer(Answer):
    """What goes out now. ``own`` false: it is the usual text."""

    subject: str
    text: str
    own: bool
    version: int


class WrittenAnswer(Answer):
    """A letter as it would be. ``source``: what its values are of; null: they are made up."""

    subject: str
    text: str
    html: str
    source: str | None


class TestSentAnswer(Answer):
    """Where the letter goes."""

    to: str = Field(examples=["maria@nordvik.example"])


@api.get(SENDER, WRITING)
def show_sender(call: Call, key: str) -> SenderAnswer:
    """Shows who a provider’s letters are from."""
    return _sender(call, key)


@api.patch(SENDER, WRITING, example={"name": "Nordvik Hosting", "footers": {"en": "Sofia"}})
def patch_sender(call: Call[SenderBody], key: str) -> SenderAnswer:
    """Changes who a provider’s letters are from, and what stands at the bottom of them."""
    now = sender_details(call.session, find_provider(call.session, call.actor, key))
    with on_state(call, now, lambda: _sender(call, key)) as seen:
        details = changed(now, call.body)
        change_sender(
            call.session, key, details, seen=seen, actor=call.actor, clock=call.panel.clock
        )
    return _sender(call, key)


@api.get(KINDS, WRITING)
def list_letter_kinds(call: Call[NoBody, PageQuery], key: str) -> PageAnswer[LetterKindAnswer]:
    """Lists the kinds of letters there are, and in which languages a provider has own texts."""
    provider = find_provider(call.session, call.actor, key)
    page, cursor = page_by_place(call.query, kind_lines(call.session, provider))
    return PageAnswer(items=[_kind(line, call.language) for line in page], next_cursor=cursor)


@api.get(TEMPLATE, WRITING)
def show_letter_text(call: Call, key: str, letter_kind: str, lang: str) -> TemplateAnswer:
    """Shows what a kind of letter says in a language."""
    return _template(call, key, letter_kind, lang)


@api.put(TEMPLATE, WRITING, example=EXAMPLE)
def put_letter_text(
    call: Call[SavedTemplateBody], key: str, letter_kind: str, lang: str
) -> TemplateAnswer:
    """Writes what a kind of letter says; the usual text is no text of the provider’s own."""
    provider = find_provider(call.session, call.actor, key)
    kind = find_kind(call.session, letter_kind, lang)
    now = template_details(call.session, provider, kind, lang)
    with on_state(call, now, lambda: _template(call, key, letter_kind, lang)) as seen:
        change_template(
            call.session,
            key,
            letter_kind,
            lang,
            _typed(call.body),
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _template(call, key, letter_kind, lang)


@api.delete(TEMPLATE, WRITING)
def delete_letter_text(call: Call, key: str, letter_kind: str, lang: str) -> TemplateAnswer:
    """Takes a provider’s own text back: the usual one goes out again."""
    reset_template(call.session, key, letter_kind, lang, actor=call.actor, clock=call.panel.clock)
    return _template(call, key, letter_kind, lang)


@api.post(f"{TEMPLATE}/preview", WRITING, example=EXAMPLE, writes=False)
def preview_letter_text(
    call: Call[MailTextBody], key: str, letter_kind: str, lang: str
) -> WrittenAnswer:
    """Shows a letter as it would be with this text. Nothing changes."""
    provider = find_provider(call.session, call.actor, key)
    kind = find_kind(call.session, letter_kind, lang)
    shown = preview(call.session, provider, kind, lang, _typed(call.body), actor=call.actor)
    source = shown.sample.source
    return WrittenAnswer(
        subject=shown.written.subject,
        text=shown.written.text,
        html=shown.written.html,
        source=None if source is None else say(source, call.language),
    )


@api.post(
    f"{TEMPLATE}/test", WRITING, example=EXAMPLE, errors={422: ("no_address", "mail_not_set_up")}
)
def send_test_letter(
    call: Call[MailTextBody], key: str, letter_kind: str, lang: str
) -> TestSentAnswer:
    """Sends a letter with this text to the token’s owner; the text is not saved."""
    owner = call.session.get(User, call.actor.user_id or 0)
    to = owner.email if owner else ""
    send_test(
        call.session,
        key,
        letter_kind,
        lang,
        _typed(call.body),
        actor=call.actor,
        to=to,
        clock=call.panel.clock,
    )
    return TestSentAnswer(to=to)


def _typed(body: MailTextBody) -> TemplateDetails:
    return TemplateDetails(body.subject, body.text)


def _words(details: SenderDetails) -> SenderWordsAnswer:
    return SenderWordsAnswer(
        name=details.name, reply_to=details.reply_to, footers=dict(details.footers)
    )


def _sender(call: AnyCall, key: str) -> SenderAnswer:
    provider = find_provider(call.session, call.actor, key)
    now = sender_details(call.session, provider)
    return SenderAnswer(
        **_words(now).model_dump(), usual=_words(usual_sender(provider)), version=version_of(now)
    )


def _kind(line: KindLine, language: str) -> LetterKindAnswer:
    kind = line.kind
    return LetterKindAnswer(
        key=kind.key,
        section=say(kind.section, language),
        title=say(kind.title, language),
        placeholders={name: say(told, language) for name, told in kind.placeholders.items()},
        optional=kind.optional,
        own=list(line.own),
    )


def _template(call: AnyCall, key: str, letter_kind: str, lang: str) -> TemplateAnswer:
    provider = find_provider(call.session, call.actor, key)
    kind = find_kind(call.session, letter_kind, lang)
    now = template_details(call.session, provider, kind, lang)
    own = own_template(call.session, kind.key, lang, provider.id)
    return TemplateAnswer(
        subject=now.subject, text=now.text, own=own is not None, version=version_of(now)
    )
