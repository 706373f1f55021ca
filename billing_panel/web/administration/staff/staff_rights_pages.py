"""Administration → Staff → a person → Rights: what they may do, why, and their own switches (H4).

Row by row, *Clients* → Functions, *Orders* → Functions and so on: each is On, Off, or as their
departments say. Of two who change them the second is told and loses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.administration.details.concurrent_changes import read_state, state_of
from billing_panel.administration.staff.change_rights import (
    SwitchesDetails,
    set_staff_functions,
    switches_details,
)
from billing_panel.administration.staff.change_staff import find_staff
from billing_panel.administration.staff.permission_matrix import Rights, rights_of
from billing_panel.administration.staff.rights_log import SWITCH_WORDS
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.administration.staff.permission_pages import function_titles, sections_of
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.effective_rights import Origin
from permissions.panel_functions import PanelFunction

WRITTEN = {"on": True, "off": False}
PREFIX = "switch-"

rights = Blueprint("rights", __name__, url_prefix="/staff")
reading = access(
    needs(PanelFunction.STAFF_READ, PanelFunction.STAFF_CHANGE, PanelFunction.MEMBER_RIGHTS_CHANGE)
)
changing = access(needs(PanelFunction.MEMBER_RIGHTS_CHANGE))


@rights.get("/<bigid:staff_id>/rights", endpoint="page")
@reading
def page(staff_id: int) -> ResponseReturnValue:
    """What a person may do, and from where they have it (H4)."""
    return _page(staff_id)


@rights.post("/<bigid:staff_id>/rights", endpoint="send")
@changing
def send(staff_id: int) -> ResponseReturnValue:
    """Save a person's own switches. Nobody changes their own rights."""
    running, actor, seen = panel(), current_actor(), request.form.get("seen", "")
    typed = {**_seen_switches(seen), **_typed()}
    switches = {name: on for name, on in typed.items() if on is not None}

    def act(db: Session) -> None:
        set_staff_functions(
            db,
            staff_id,
            SwitchesDetails(switches),
            seen=seen,
            known=running.known,
            actor=actor,
            clock=running.clock,
        )

    def then(_: None) -> ResponseReturnValue:
        flash(gettext("Saved. It takes effect from their next click."), "ok")
        return redirect(url_for("rights.page", staff_id=staff_id), 303)

    return post_in_transaction.change(
        act,
        lambda refusal: _page(staff_id, switches, refusal),
        then,
        post_in_transaction.WITH_RIGHTS,
    )


@dataclass(frozen=True)
class FunctionRow:
    """A function on the page. ``origin`` is as saved, ``chosen`` the switch as it is shown."""

    origin: Origin
    why: Text
    chosen: bool | None
    saved: bool | None
    may_switch: bool


def _page(
    staff_id: int,
    typed: Mapping[str, bool] | None = None,
    refusal: DomainError | None = None,
) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        person = find_staff(db, actor, staff_id)
        found = rights_of(db, person, running.known)
        titles = {row.key: row.title for row in person.departments}
        now = switches_details(db, staff_id)
    base = found.switches if typed is None else _seen_switches(request.form.get("seen", ""))
    shown = found.switches if typed is None else _merged(base, typed, found.switches)
    locked = _locked(found, actor)
    return render_template(
        "administration/rights.html",
        person=person,
        rows={
            name: FunctionRow(
                origin,
                why_of(origin, titles),
                shown.get(name),
                found.switches.get(name),
                may_switch=not locked and name in actor.functions,
            )
            for name, origin in found.origins.items()
        },
        sections=sections_of(running.functions),
        departments=[*titles.values()],
        words=SWITCH_WORDS,
        seen=state_of(now),
        meanwhile=[*_told(base, found.switches)],
        locked=locked,
        may_change=may_open("rights.send"),
        may_see_as=may_open("see_as.begin") and person.id != actor.staff_id,
        refusal=refusal,
    ), refusal.status if refusal else 200


def why_of(origin: Origin, titles: Mapping[str, Titles]) -> Text:
    """Where a function comes from, in words."""
    given_by = [titles[key] for key in origin.departments]
    if origin.owner:
        return text("an owner holds everything")
    if origin.own is not None:
        return text("set for this person")
    return (
        text("from %(departments)s", departments=given_by)
        if given_by
        else text("none of their departments")
    )


def _locked(found: Rights, actor: Actor) -> Text | None:
    """Why the actor can't switch anything of theirs at all."""
    own = actor.provider_ids
    if found.person.owner:
        return text("An owner holds every function, so there is nothing to switch.")
    if found.person.id == actor.staff_id:
        return text("You can’t change your own rights; ask another member of staff.")
    if own is not None and not {row.id for row in found.person.providers} <= own:
        return text("They work for providers you don’t work for; ask an owner.")
    if not may_open("rights.send"):
        return text("You may view their rights, but not change them.")
    return None


def _typed() -> dict[str, bool | None]:
    """What the page sent, by function; None: as their departments say."""
    return {
        name.removeprefix(PREFIX): WRITTEN.get(value)
        for name, value in request.form.items()
        if name.startswith(PREFIX)
    }


def _seen_switches(seen: str) -> Mapping[str, bool]:
    """Their switches when the page was made; of what was tampered with, none."""
    switches = read_state(seen).get("switches")
    found = switches.items() if isinstance(switches, dict) else ()
    return {name: on for name, on in found if isinstance(on, bool)}


def _merged(
    base: Mapping[str, bool], typed: Mapping[str, bool], now: Mapping[str, bool]
) -> Mapping[str, bool]:
    """What was chosen, beside what somebody else has saved since."""
    names = {*base, *typed, *now}
    chosen = {
        name: typed.get(name) if typed.get(name) != base.get(name) else now.get(name)
        for name in names
    }
    return {name: on for name, on in chosen.items() if on is not None}


def _told(base: Mapping[str, bool], now: Mapping[str, bool]) -> Sequence[Text]:
    titles = function_titles()
    return [
        text(
            "“%(function)s”: %(before)s → %(after)s",
            function=titles.get(name, name),
            before=SWITCH_WORDS[base.get(name)],
            after=SWITCH_WORDS[now.get(name)],
        )
        for name in sorted({*base, *now})
        if base.get(name) != now.get(name)
    ]
