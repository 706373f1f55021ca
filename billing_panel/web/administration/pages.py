"""How a form of the administration is shown, sent, refused and saved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.administration.changes import mark_of
from billing_panel.kernel.errors import DomainError
from billing_panel.kernel.text import say, text
from billing_panel.web.administration.forms import DetailsForm
from billing_panel.web.context import language, panel
from billing_panel.web.i18n import gettext

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# What a person can mend, or must be told beside what he typed.
TOLD_ON_THE_PAGE = frozenset({403, 409, 422})


@dataclass(frozen=True)
class FormPage:
    """``crumbs`` are (label, address) of the pages above. ``values`` are for its own template.

    ``action``: where the form is sent, when not to the page itself.
    """

    title: str
    crumbs: Sequence[tuple[str, str]]
    form: DetailsForm
    may_save: bool = True
    action: str = ""
    template: str = "administration/form.html"
    values: Mapping[str, Any] = field(default_factory=dict)


def show(
    page: FormPage,
    sent: DetailsForm | None = None,
    *,
    status: int = 200,
    problems: Sequence[str] = (),
) -> ResponseReturnValue:
    """``sent``: the form whose errors are told; ``problems``: sentences that belong to no field."""
    faulty = [*sent.problems()] if sent else []
    return render_template(
        page.template,
        page=page,
        form=page.form,
        problems=[*(sent.form_errors if sent else ()), *problems],
        faulty=faulty,
        **page.values,
    ), status


def save(
    page: FormPage,
    act: Callable[[Session], str],
    *,
    now: "Callable[[Session], DataclassInstance] | None" = None,
    form: DetailsForm | None = None,
) -> ResponseReturnValue:
    """Run ``act``, which gives the address to go to, in a transaction.

    A refusal shows the page again with everything that was typed. ``now`` gives the details as
    they are, to be compared when somebody else has changed them meanwhile. ``form``: the one that
    was sent, where the page has several.
    """
    form = form or page.form
    if not form.validate():
        return show(page, form, status=422)
    try:
        with panel().database.writing() as db:
            target = act(db)
    except DomainError as refusal:
        if refusal.status not in TOLD_ON_THE_PAGE:
            raise
        if refusal.code == "changed_meanwhile" and now is not None:
            with panel().database.reading() as db:
                return _compared(page, form, refusal, now(db))
        return refused(page, refusal, form)
    flash(gettext("Saved."), "ok")
    return redirect(target, 303)


def refused(
    page: FormPage, refusal: DomainError, sent: DetailsForm | None = None
) -> ResponseReturnValue:
    """The page with what was refused and why, beside its fields where ``sent`` has them."""
    told = sent.show_errors(refusal.errors) if sent else [e.message for e in refusal.errors]
    sentences = told if refusal.errors else [refusal.message]
    said = [say(sentence, language()) for sentence in sentences]
    return show(page, sent, status=refusal.status, problems=[*said, *_reasons(refusal)])


def _reasons(refusal: DomainError) -> Iterator[str]:
    for reason in refusal.reasons:
        yield f"{say(reason.message, language())} {say(reason.remedy, language())}"


def _compared(
    page: FormPage, form: DetailsForm, refusal: DomainError, now: "DataclassInstance"
) -> ResponseReturnValue:
    """What is there now beside what was typed; saving again then means it."""
    form.seen.data = mark_of(now)
    there = asdict(now)
    told = [say(refusal.message, language())]
    for name, typed in form.values().items():
        if name in there and there[name] != typed:
            label = form[name].label.text
            told.append(
                say(
                    text("%(field)s is now: %(value)s", field=label, value=_shown(there[name])),
                    language(),
                )
            )
    return show(page, form, status=refusal.status, problems=told)


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
class Cell:
    """``tone``: shown as a badge of it. ``number``: right-aligned."""

    text: str
    tone: str = ""
    number: bool = False
    mono: bool = False


@dataclass(frozen=True)
class Row:
    """A line of a list: its name leads to ``href``; ``sub`` stands under the name."""

    name: str
    href: str
    sub: str = ""
    cells: Sequence[Cell] = ()


@dataclass(frozen=True)
class ListPage:
    """``create``: label and address of the button that makes one. ``nothing``: title, sentence."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    icon: str
    nothing: tuple[str, str]
    create: tuple[str, str] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    template: str = "administration/list.html"


def show_list(page: ListPage) -> ResponseReturnValue:
    return render_template(page.template, page=page, **page.values)
