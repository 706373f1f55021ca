"""Administration → Permissions: departments in columns, functions in rows, each On or Off (H4).

Changed, looked at in words with whom it would give and take what, and then saved. What somebody
else saved meanwhile is told and kept beside what was changed here. The log of changes is here too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import providers, zone_of
from billing_panel.administration.details.concurrent_changes import (
    merged_sets,
    read_state,
    state_of,
)
from billing_panel.administration.staff.change_rights import MatrixDetails, set_matrix
from billing_panel.administration.staff.permission_matrix import Matrix, Role, read_matrix
from billing_panel.administration.staff.rights_log import SWITCH_WORDS, rights_log
from billing_panel.kernel.extension.hooks import FunctionInfo
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext, ngettext
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.staged_matrix import MatrixCell, is_saved, mark_of, typed_cells
from permissions.effective_rights import Consequence, consequences
from permissions.panel_functions import PanelFunction

PAGE = 50

permissions = Blueprint("permissions", __name__, url_prefix="/permissions")
reading = access(needs(PanelFunction.RIGHTS_READ, PanelFunction.RIGHTS_CHANGE))
changing = access(needs(PanelFunction.RIGHTS_CHANGE))


@dataclass(frozen=True)
class Section:
    """Functions that open from one row; ``shown``: those the filters leave."""

    title: Text
    functions: Sequence[FunctionInfo]
    shown: frozenset[str]


@dataclass(frozen=True)
class Filters:
    """``role``: the one that a narrow screen shows, by key."""

    query: str
    section: str
    differing: bool
    role: str

    def keeps(self, info: FunctionInfo, on: Mapping[str, frozenset[str]]) -> bool:
        said = [say(words, language()) for words in (info.section, info.title, info.help)]
        return (
            fold(self.query) in fold(" ".join((*said, info.name)))
            and self.section in {"", info.section.sentence}
            and not (self.differing and not differs(info.name, on))
        )


@dataclass(frozen=True)
class Review:
    """What would change, and who would hold more or less, in words. ``mark``: of the cells."""

    changes: Sequence[str]
    consequences: Sequence[tuple[str, bool]]
    mark: str


def sections_of(
    functions: Iterable[FunctionInfo], shown: frozenset[str] | None = None
) -> list[Section]:
    """In the order in which sections come first; ``shown`` None: all."""
    found: dict[str, list[FunctionInfo]] = {}
    for info in functions:
        found.setdefault(info.section.sentence, []).append(info)
    return [
        Section(
            infos[0].section,
            infos,
            frozenset(i.name for i in infos if shown is None or i.name in shown),
        )
        for infos in found.values()
    ]


def differs(function: str, on: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether the function is On for some of the departments and Off for others."""
    return len({function in functions for functions in on.values()}) > 1


def function_titles() -> dict[str, Text]:
    """Look up how functions are called: name → title."""
    return {str(info.name): info.title for info in panel().functions}


@permissions.get("")
@reading
def page() -> ResponseReturnValue:
    """The matrix: departments in columns, functions in rows (H4)."""
    return _page()


@permissions.post("", endpoint="send")
@changing
def send() -> ResponseReturnValue:
    """Show what the changes mean, or save them."""
    typed = typed_cells()
    if not is_saved(typed):
        return _page(typed)
    running, actor, seen = panel(), current_actor(), request.form.get("seen", "")
    was = _seen_functions(seen)

    def act(db: Session) -> None:
        wanted = typed | (_cells(was) - _offered(read_matrix(db, actor), actor))
        set_matrix(
            db,
            _details(wanted, was),
            seen=seen,
            known=running.known,
            actor=actor,
            clock=running.clock,
        )

    def then(_: None) -> ResponseReturnValue:
        flash(gettext("Saved. It takes effect from everyone’s next click."), "ok")
        return redirect(url_for("permissions.page", role=request.form.get("role") or None), 303)

    return post_in_transaction.change(
        act, lambda refusal: _page(typed, refusal), then, post_in_transaction.WITH_RIGHTS
    )


@permissions.get("/log")
@reading
def log() -> ResponseReturnValue:
    """Who changed whose rights, newest first."""
    with panel().database.reading() as db:
        entries = rights_log(
            db,
            current_actor(),
            function_titles(),
            before=page_start() or None,
            limit=PAGE + 1,
        )
        zone = zone_of(providers(db, current_actor()))
    return render_template(
        "administration/rights_log.html",
        zone=zone,
        entries=entries[:PAGE],
        next_page=entries[PAGE - 1].id if len(entries) > PAGE else None,
    )


def _page(
    typed: frozenset[MatrixCell] | None = None, refusal: DomainError | None = None
) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        matrix = read_matrix(db, actor)
    now, offered = _cells(matrix.on), _offered(matrix, actor)
    base = now if typed is None else _cells(_seen_functions(request.form.get("seen", "")))
    shown = now if typed is None else merged_sets(base, typed | (base - offered), now)
    filters = _filters(matrix)
    kept = frozenset(i.name for i in running.functions if filters.keeps(i, matrix.on))
    return render_template(
        "administration/permissions.html",
        matrix=matrix,
        sections=sections_of(running.functions, kept),
        now=now,
        shown=shown,
        offered=offered,
        filters=filters,
        differing={i.name for i in running.functions if differs(i.name, matrix.on)},
        seen=state_of(_details(now, matrix.on)),
        meanwhile=[*_told(matrix, base, now)],
        review=None if typed is None else _review(matrix, now, shown, offered),
        refusal=refusal,
        held=actor.functions,
        may_change=may_open("permissions.send"),
    ), refusal.status if refusal else 200


def _filters(matrix: Matrix) -> Filters:
    keys = [role.key for role in matrix.roles]
    wanted = request.values.get("role", "")
    return Filters(
        query=request.values.get("query", "").strip(),
        section=request.values.get("section", ""),
        differing="differing" in request.values,
        role=wanted if wanted in {*keys, "owner"} else [*keys, "owner"][0],
    )


def _cells(on: Mapping[str, Iterable[str]]) -> frozenset[MatrixCell]:
    return frozenset((key, name) for key, functions in on.items() for name in functions)


def _seen_functions(seen: str) -> Mapping[str, Sequence[str]]:
    """What was On when the page was made; of what was tampered with, nothing."""
    functions = read_state(seen).get("functions")
    return {
        key: [name for name in names if isinstance(name, str)]
        for key, names in (functions if isinstance(functions, dict) else {}).items()
        if isinstance(names, list)
    }


def _offered(matrix: Matrix, actor: Actor) -> frozenset[MatrixCell]:
    """Cells the actor may switch: functions they hold, nobody out of their reach."""
    if not may_open("permissions.send"):
        return frozenset()
    return frozenset(
        (role.key, name) for role in matrix.roles if not role.locked for name in actor.functions
    )


def _details(cells: frozenset[MatrixCell], keys: Iterable[str]) -> MatrixDetails:
    on: dict[str, list[str]] = {key: [] for key in keys}
    for key, name in sorted(cells):
        on.setdefault(key, []).append(name)
    return MatrixDetails(on)


def _review(
    matrix: Matrix,
    now: frozenset[MatrixCell],
    shown: frozenset[MatrixCell],
    offered: frozenset[MatrixCell],
) -> Review:
    after = {role.key: frozenset(n for key, n in shown if key == role.key) for role in matrix.roles}
    order = [str(info.name) for info in panel().functions]
    money = {info.name for info in panel().functions if info.moves_money}
    found = consequences(order, matrix.people, matrix.on, after)
    return Review(
        changes=[*_told(matrix, now, shown)],
        consequences=[(words, one.function in money) for one in found for words in _in_words(one)],
        mark=mark_of(shown & offered),
    )


def _told(
    matrix: Matrix, before: frozenset[MatrixCell], after: frozenset[MatrixCell]
) -> Iterator[str]:
    """Each cell that differs, department by department."""
    titles = function_titles()
    for role in matrix.roles:
        for name in [*titles, *sorted({n for _, n in before | after} - titles.keys())]:
            cell = (role.key, name)
            if (cell in before) != (cell in after):
                yield _one_change(role, titles.get(name, name), on=cell in after)


def _one_change(role: Role, function: Text | str, *, on: bool) -> str:
    return say(
        text(
            "%(department)s: “%(function)s” %(before)s → %(after)s",
            department=role.title,
            function=function,
            before=SWITCH_WORDS[not on],
            after=SWITCH_WORDS[on],
        ),
        language(),
    )


def _names(names: Sequence[str]) -> str:
    """Whoever has no name here is counted."""
    known = [name for name in names if name]
    others = len(names) - len(known)
    if others:
        said = ngettext(
            "%(number)s person of other providers", "%(number)s people of other providers", others
        )
        known.append(said)
    return ", ".join(known)


def _in_words(one: Consequence) -> Iterator[str]:
    function = say(function_titles()[one.function], language())
    if one.gain:
        yield ngettext(
            "%(number)s person would gain: “%(function)s” (%(names)s)",
            "%(number)s people would gain: “%(function)s” (%(names)s)",
            len(one.gain),
            function=function,
            names=_names(one.gain),
        )
    if one.lose:
        yield ngettext(
            "%(number)s person would lose: “%(function)s” (%(names)s)",
            "%(number)s people would lose: “%(function)s” (%(names)s)",
            len(one.lose),
            function=function,
            names=_names(one.lose),
        )
