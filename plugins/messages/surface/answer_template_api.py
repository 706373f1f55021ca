"""The API of answer templates: ready-made answers of providers, for staff alone."""

from pydantic import Field, StrictStr

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details.concurrent_changes import version_of
from billing_panel.api.answer_models import Answer, Key, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, ProviderQuery, page_by_place
from billing_panel.api.request_bodies import Body, NoBody, VersionedBody
from billing_panel.api.setup.seen_details import changed, on_state
from billing_panel.web.shell.route_access import staff_only
from plugins.messages.correspondence.answer_templates import (
    MAX_TITLE,
    MAX_WORDS,
    TemplateDetails,
    delete_template,
    find_template,
    insert_template,
    save_template,
    template_details,
    templates_of,
)
from plugins.messages.correspondence.write_message import Topic, topic_of
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.models import ReadyAnswer

CHANGES = MessagesFunction.TEMPLATE_CHANGE
USES = (MessagesFunction.TEMPLATE_CHANGE, MessagesFunction.MESSAGE_WRITE)
ONE = "/answer-templates/<bigid:template_id>"

api = Api("answer_templates_api", "Messages")


class TemplatesQuery(PageQuery, ProviderQuery):
    """``provider``: those of one alone."""


class AnswerTemplateBody(VersionedBody):
    """What changes; the rest stays. ``{name}`` is a placeholder."""

    title: StrictStr = Field(default_factory=str, max_length=MAX_TITLE)
    text_en: StrictStr = Field(default_factory=str, max_length=MAX_WORDS)
    text_ru: StrictStr = Field(default_factory=str, max_length=MAX_WORDS)
    text_bg: StrictStr = Field(default_factory=str, max_length=MAX_WORDS)


class NewTemplateBody(Body):
    """``title`` is for staff; the answer is there in one language at least."""

    provider: StrictStr = Field(examples=["nordvik"])
    title: StrictStr = Field(max_length=MAX_TITLE, examples=["Ready tomorrow"])
    text_en: StrictStr = Field(default="", max_length=MAX_WORDS)
    text_ru: StrictStr = Field(default="", max_length=MAX_WORDS)
    text_bg: StrictStr = Field(default="", max_length=MAX_WORDS)


class AnswerTemplateAnswer(Answer):
    """A ready-made answer; a text is empty where there is none in that language."""

    id: int
    provider: Key
    title: str = Field(examples=["Ready tomorrow"])
    text_en: str
    text_ru: str
    text_bg: str
    version: int


class InsertedAnswer(Answer):
    """A template’s words in the client’s language. ``has_sums``: they tell what an order costs."""

    text: str
    has_sums: bool


class RemovedTemplateAnswer(Answer):
    """The template that is no longer there."""

    id: int


@api.get("/answer-templates", *USES)
def list_answer_templates(call: Call[NoBody, TemplatesQuery]) -> PageAnswer[AnswerTemplateAnswer]:
    """Lists the answer templates of providers in scope, by provider and title; for staff alone."""
    staff_only(call.actor)
    only = call.query.provider
    if only is not None:
        find_provider(call.session, call.actor, only)
    found = [
        (row, provider)
        for row, provider in templates_of(call.session, call.actor)
        if only in {None, provider.key}
    ]
    page, cursor = page_by_place(call.query, found)
    return PageAnswer(items=[_answer(row, owner) for row, owner in page], next_cursor=cursor)


@api.get(ONE, *USES)
def show_answer_template(call: Call, template_id: int) -> AnswerTemplateAnswer:
    """Shows an answer template; for staff alone."""
    return _found(call, template_id)


@api.post(
    "/answer-templates",
    CHANGES,
    status=201,
    example={
        "provider": "nordvik",
        "title": "Ready tomorrow",
        "text_en": "Hello {client}! Your order {order} will be ready tomorrow.",
    },
)
def add_answer_template(call: Call[NewTemplateBody]) -> AnswerTemplateAnswer:
    """Adds an answer template of a provider."""
    body = call.body
    made = save_template(
        call.session,
        TemplateDetails(body.title, body.text_en, body.text_ru, body.text_bg),
        provider=body.provider,
        actor=call.actor,
        clock=call.panel.clock,
    )
    return _found(call, made.id)


@api.patch(ONE, CHANGES, example={"text_en": "Hello {client}! It is ready.", "version": 7})
def patch_answer_template(call: Call[AnswerTemplateBody], template_id: int) -> AnswerTemplateAnswer:
    """Changes an answer template."""
    template, _ = find_template(call.session, call.actor, template_id)
    now = template_details(template)
    with on_state(call, now, lambda: _found(call, template_id)) as seen:
        save_template(
            call.session,
            changed(now, call.body),
            template_id=template_id,
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _found(call, template_id)


@api.delete(ONE, CHANGES)
def remove_answer_template(call: Call, template_id: int) -> RemovedTemplateAnswer:
    """Deletes an answer template."""
    delete_template(call.session, template_id, actor=call.actor, clock=call.panel.clock)
    return RemovedTemplateAnswer(id=template_id)


@api.get(
    "/orders/<bigid:order_id>/answer-templates/<bigid:template_id>",
    MessagesFunction.MESSAGE_WRITE,
)
def fill_for_order(call: Call, order_id: int, template_id: int) -> InsertedAnswer:
    """Fills an answer template in for an order; for staff alone. What isn't known is left open."""
    return _filled(call, Topic(order_id=order_id), template_id)


@api.get(
    "/clients/<bigid:client_id>/answer-templates/<bigid:template_id>",
    MessagesFunction.MESSAGE_WRITE,
    errors={422: ("provider_needed",)},
)
def fill_for_client(
    call: Call[NoBody, ProviderQuery], client_id: int, template_id: int
) -> InsertedAnswer:
    """Fills an answer template in for the general dialogue with a client; for staff alone."""
    topic = Topic(client_id=client_id, provider=call.query.provider)
    return _filled(call, topic, template_id)


def _filled(call: AnyCall, topic: Topic, template_id: int) -> InsertedAnswer:
    about = topic_of(call.session, call.actor, topic)
    made = insert_template(call.session, template_id, about, actor=call.actor)
    return InsertedAnswer(text=made.words, has_sums=made.has_sums)


def _found(call: AnyCall, template_id: int) -> AnswerTemplateAnswer:
    return _answer(*find_template(call.session, call.actor, template_id))


def _answer(row: ReadyAnswer, provider: Provider) -> AnswerTemplateAnswer:
    details = template_details(row)
    return AnswerTemplateAnswer(
        id=row.id, provider=provider.key, version=version_of(details), **vars(details)
    )
