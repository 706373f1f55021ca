"""Answer templates of a provider: saving them, and inserting one into an answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, false, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider, own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import FieldError, NotFound
from billing_panel.kernel.language.text import LANGUAGES, Titles, say, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money, show
from permissions.guard import require
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.find_dialogues import About
from plugins.messages.store.models import ReadyAnswer
from plugins.messages.store.placeholders import PLACEHOLDERS, SUMS, filled, names_in
from plugins.orders.settlement.payment_due_day import pay_by
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.visibility.price_visibility import sees_prices

MAX_TITLE, MAX_WORDS = 80, 4000


@dataclass(frozen=True)
class TemplateDetails:
    """A template as people type it: a title for staff, and the answer in each language."""

    title: str
    text_en: str = ""
    text_ru: str = ""
    text_bg: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """By language, those that have words."""
        typed = {code: getattr(self, f"text_{code}").strip() for code in LANGUAGES}
        return {code: words for code, words in typed.items() if words}


def template_details(template: ReadyAnswer) -> TemplateDetails:
    """Read a template as people type it."""
    words = {f"text_{code}": template.texts.get(code, "") for code in LANGUAGES}
    return TemplateDetails(template.title, **words)


def templates_of(session: Session, actor: Actor) -> Sequence[tuple[ReadyAnswer, Provider]]:
    """Those of the providers in scope, by provider and title."""
    require(actor, MessagesFunction.MESSAGE_WRITE, MessagesFunction.TEMPLATE_CHANGE)
    rows = session.execute(
        select(ReadyAnswer, Provider)
        .join(Provider, Provider.id == ReadyAnswer.provider_id)
        .where(own_providers(actor))
        .order_by(Provider.key, ReadyAnswer.title, ReadyAnswer.id)
    )
    return [(template, provider) for template, provider in rows]


def templates_with(session: Session, provider_id: int, actor: Actor) -> Sequence[tuple[int, str]]:
    """(id, title) of those of a provider that was found in scope, by title."""
    require(actor, MessagesFunction.MESSAGE_WRITE, MessagesFunction.TEMPLATE_CHANGE)
    rows = session.execute(_WITH, {"provider_id": provider_id})
    return [(row.id, row.title) for row in rows]


_WITH = (
    select(ReadyAnswer.id, ReadyAnswer.title)
    .where(ReadyAnswer.provider_id == bindparam("provider_id"))
    .order_by(ReadyAnswer.title, ReadyAnswer.id)
)


def find_template(session: Session, actor: Actor, template_id: int) -> tuple[ReadyAnswer, Provider]:
    """One in scope, with its provider; staff's own. Raises NotFound."""
    own = own_providers(actor) if actor.client_id is None else false()
    row = session.execute(
        select(ReadyAnswer, Provider)
        .join(Provider, Provider.id == ReadyAnswer.provider_id)
        .where(ReadyAnswer.id == template_id, own)
    ).first()
    if row is None:
        raise NotFound(text("No such template, or you don’t have access to it."))
    return row[0], row[1]


def save_template(
    session: Session,
    details: TemplateDetails,
    *,
    provider: str | None = None,
    template_id: int | None = None,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> ReadyAnswer:
    """A new one of ``provider``, or the one of ``template_id`` changed.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``.
    """
    require(actor, MessagesFunction.TEMPLATE_CHANGE)
    now = None
    if template_id is None:
        template = ReadyAnswer(provider_id=find_provider(session, actor, provider or "").id)
    else:
        template, _ = find_template(session, actor, template_id)
        lock_row(session, template)
        now = template_details(template)
        refuse_stale(now, seen)
    validators.refuse_wrong(_wrong(details))
    template.title, template.texts = details.title.strip(), details.texts
    session.add(template)
    session.flush()
    changes = differences(now, details) if now else {}
    if now is None or changes:
        kind = "answer_template.created" if now is None else "answer_template.changed"
        _record(session, kind, template, changes, actor=actor, clock=clock)
    return template


def delete_template(session: Session, template_id: int, *, actor: Actor, clock: Clock) -> None:
    """Raises FunctionNotHeld, NotFound."""
    require(actor, MessagesFunction.TEMPLATE_CHANGE)
    template, _ = find_template(session, actor, template_id)
    session.execute(delete(ReadyAnswer).where(ReadyAnswer.id == template.id))
    _record(session, "answer_template.deleted", template, {}, actor=actor, clock=clock)


def _wrong(details: TemplateDetails) -> Iterator[FieldError]:
    yield from validators.filled("title", details.title, most=MAX_TITLE)
    if not details.texts:
        yield FieldError("text_en", "required", text("Write the answer in at least one language."))
    for code, words in details.texts.items():
        field = f"text_{code}"
        yield from validators.short(field, words, most=MAX_WORDS)
        if unknown := sorted(names_in(words) - PLACEHOLDERS.keys()):
            message = text(
                "There is no such placeholder: %(unknown)s. There are: %(known)s.",
                unknown=[f"{{{name}}}" for name in unknown],
                known=[f"{{{name}}}" for name in PLACEHOLDERS],
            )
            yield FieldError(field, "unknown_placeholder", message)


def _record(
    session: Session,
    kind: str,
    template: ReadyAnswer,
    changes: Mapping[str, object],
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    record(
        session,
        kind,
        actor=actor,
        at=clock.now(),
        subject=("answer_template", template.id),
        provider_id=template.provider_id,
        facts={"title": template.title, **({"changes": changes} if changes else {})},
    )


@dataclass(frozen=True)
class Inserted:
    """``has_sums``: it tells what the order costs."""

    words: str
    has_sums: bool


def insert_template(session: Session, template_id: int, about: About, *, actor: Actor) -> Inserted:
    """A template's words in the client's language, with what is known of the dialogue's order.

    Raises FunctionNotHeld, NotFound: also for a template of another provider, and for clients.
    """
    require(actor, MessagesFunction.MESSAGE_WRITE)
    template, provider = find_template(session, actor, template_id)
    if provider.id != about.provider.id:
        raise NotFound(text("No such template, or you don’t have access to it."))
    language = about.client.language
    words = Titles(template.texts).in_language(language)
    values = {"client": about.client.name, **_of_order(session, about, actor, language)}
    has_sums = not SUMS.isdisjoint(names_in(words) & values.keys())
    return Inserted(filled(words, values), has_sums)


def _of_order(session: Session, about: About, actor: Actor, language: str) -> Mapping[str, str]:
    """Of what there is none, the name is left for somebody to see."""
    if about.order_id is None:
        return {}
    order = find_order(session, actor, about.order_id)
    bills = [document.number for document in order.bills if not document.is_void]
    day, method = pay_by(order), order.payment_method
    values = {
        "order": order.number,
        "method": say(method.title, language) if method else None,
        "bill": bills[-1] if bills else None,
        "pay_by": f"{day:%d.%m.%Y}" if day else None,
        "left": show(Money(order.needed, order.currency), language) if sees_prices(actor) else None,
    }
    return {name: value for name, value in values.items() if value is not None}
