"""How a form of the administration is shown, refused and saved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.administration.details.concurrent_changes import merged, state_of
from billing_panel.kernel.language.errors import DomainError, FieldError
from billing_panel.kernel.language.text import say, text
from billing_panel.web.forms.details_form import DetailsForm, unknown_fields
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import language, panel

Crumbs = Sequence[tuple[str, str]]
T = TypeVar("T")


@dataclass(frozen=True)
class Editing:
    """One form of a page and what it is about, so that two who change it lose nothing.

    ``now`` reads the details as they are, ``typed`` those of the form, ``refill`` makes a form of
    details.
    """

    now: Callable[[Session], Any]
    typed: Callable[[], Any]
    refill: Callable[[Any], DetailsForm]


@dataclass(frozen=True)
class FormPage:
    """``crumbs``: label and address of each page above. ``values`` are for its own template.

    ``follows``: by which news the page is kept up to date (docs/live.md).
    ``more``: further forms that are sent together with ``form``, by the prefix that errors of
    theirs have. ``action``: where the forms are sent, when not to the page itself.
    """

    title: str
    crumbs: Crumbs
    form: DetailsForm
    may_save: bool = True
    action: str = ""
    template: str = "administration/form.html"
    values: Mapping[str, Any] = field(default_factory=dict)
    follows: str = ""
    more: Mapping[str, DetailsForm] = field(default_factory=dict)

    @property
    def forms(self) -> Mapping[str, DetailsForm]:
        return {"": self.form, **self.more}


def show(
    page: FormPage, *, sent: bool = False, status: int = 200, problems: Sequence[str] = ()
) -> ResponseReturnValue:
    """``sent``: errors of the forms are told; ``problems``: sentences that belong to no field."""
    return render_template(
        page.template,
        page=page,
        form=page.form,
        more=page.more,
        problems=problems,
        faulty=[wrong for form in page.forms.values() for wrong in form.problems()] if sent else [],
        **page.values,
    ), status


def save(
    page: FormPage,
    act: Callable[[Session], str],
    editing: Mapping[str, Editing] | None = None,
) -> ResponseReturnValue:
    """Run ``act``, which gives the address to go to, in a transaction; as ``save_then``."""
    return save_then(page, act, _saved, editing)


def save_then(
    page: FormPage,
    act: Callable[[Session], T],
    then: Callable[[T], ResponseReturnValue],
    editing: Mapping[str, Editing] | None = None,
) -> ResponseReturnValue:
    """Run ``act`` in a transaction, and answer with ``then`` once it is over.

    A refusal shows the page again with everything that was typed. ``editing``, by the same prefixes
    as the forms: what else somebody may have changed meanwhile.
    """
    # every form is asked, so that all mistakes are told at once
    answers = [form.validate() for form in page.forms.values()]
    foreign = unknown_fields(page.forms.values())
    if not all(answers) or foreign:
        told = text("This form has no such fields: %(names)s.", names=foreign)
        problems = [say(told, language())] if foreign else []
        return show(page, sent=True, status=422, problems=problems)

    def told_again(refusal: DomainError) -> ResponseReturnValue:
        if refusal.code == "changed_meanwhile" and editing:
            return _merged(page, refusal, editing)
        return refused(page, refusal)

    return post_in_transaction.change(act, told_again, then, post_in_transaction.WITH_RIGHTS)


def _saved(target: str) -> ResponseReturnValue:
    flash(gettext("Saved."), "ok")
    return redirect(target, 303)


def refused(page: FormPage, refusal: DomainError, *, sent: bool = True) -> ResponseReturnValue:
    """The page with what was refused, beside its fields where its forms have them.

    ``sent`` False: it was no form of ``page`` that was sent.
    """
    homeless = refusal.errors if not sent else [e for e in refusal.errors if not _housed(page, e)]
    told = [error.message for error in homeless] if refusal.errors else [refusal.message]
    problems = [*map(said, told), *_reasons(refusal)]
    return show(page, sent=sent, status=refusal.status, problems=problems)


def _reasons(refusal: DomainError) -> Iterator[str]:
    for reason in refusal.reasons:
        yield f"{said(reason.message)} {said(reason.remedy)}"


def _housed(page: FormPage, error: FieldError) -> bool:
    """Put the error beside its field, if a form of the page has it."""
    for prefix, form in page.more.items():
        if error.field.startswith(prefix):
            return form.show_error(error.field.removeprefix(prefix), error)
    return page.form.show_error(error.field, error)


def _merged(
    page: FormPage, refusal: DomainError, editing: Mapping[str, Editing]
) -> ResponseReturnValue:
    """What the first changed, told; what the second typed, in its place; saving again means it."""
    told = [say(refusal.message, language())]
    forms = dict(page.forms)
    with panel().database.reading() as db:
        for prefix, one in editing.items():
            now = one.now(db)
            together, theirs = merged(now, one.typed(), forms[prefix].seen.data or "")
            forms[prefix] = one.refill(together)
            forms[prefix].seen.data = state_of(now)
            told += [_told(forms[prefix], name, value) for name, value in theirs.items()]
    fresh = replace(page, form=forms.pop(""), more=forms)
    return show(fresh, status=refusal.status, problems=told)


def _told(form: DetailsForm, name: str, value: object) -> str:
    label = form[name].label.text if name in form else name
    return say(text("%(field)s is now: %(value)s", field=label, value=_shown(value)), language())


def _shown(value: object) -> str:
    """A list's rows are told by their number alone: they stand on the page of the other."""
    match value:
        case None | "":
            return "–"
        case dict():
            return " / ".join(map(str, value.values()))
        case list():
            return (
                ", ".join(str(item) for item in value if not isinstance(item, dict))
                or f"({len(value)})"
            )
        case _:
            return str(value)


@dataclass(frozen=True)
class ListCell:
    """``tone``: shown as a badge of it. ``number``: right-aligned."""

    text: str
    tone: str = ""
    number: bool = False


@dataclass(frozen=True)
class ListRow:
    """A line of a list: its name leads to ``href``; ``sub`` stands under the name."""

    name: str
    href: str
    sub: str = ""
    cells: Sequence[ListCell] = ()


@dataclass(frozen=True)
class ListPage:
    """``create``: label and address of the button that makes one. ``nothing``: title, sentence."""

    title: str
    columns: Sequence[str]
    rows: Sequence[ListRow]
    icon: str
    nothing: tuple[str, str]
    create: tuple[str, str] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    template: str = "administration/list.html"


def show_list(page: ListPage) -> ResponseReturnValue:
    """Draw the page of a list."""
    return render_template(page.template, page=page, **page.values)
