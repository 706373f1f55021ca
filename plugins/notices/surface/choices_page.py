"""The page on which a person chooses how they are told, under My account."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import providers, zone_of
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, say
from billing_panel.kernel.values.actor import Actor
from billing_panel.mail.post_office import post_office
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import SIGNED_IN, access
from plugins.notices.kinds.known_kinds import kinds_for
from plugins.notices.kinds.notice_kind import CHANNEL_TITLES, Channel, NoticeKind
from plugins.notices.store.choices import NOTHING_CHOSEN, choices_of
from plugins.notices.surface.choose_notices import ChooseNotices, TypedQuiet, choose_notices

choices = Blueprint("notice_choices", "plugins.notices", url_prefix="/account/notices")
USUAL_QUIET = ("22:00", "08:00")


@dataclass(frozen=True)
class ChoicesPage:
    """``sections``: kinds by heading. ``chosen``: kinds by channel, as kept or as typed.

    ``lacks_address``: letters are sent, and there is nowhere to write to this person.
    """

    sections: Mapping[str, Sequence[NoticeKind]]
    chosen: Mapping[Channel, Collection[str]]
    is_quiet: bool
    quiet: TypedQuiet
    zones: Sequence[str]
    lacks_address: bool
    refusal: DomainError | None = None

    @property
    def channels(self) -> Sequence[tuple[Channel, Text]]:
        return [(channel, CHANNEL_TITLES[channel]) for channel in self.chosen]

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}


@choices.get("")
@access(SIGNED_IN)
def page() -> ResponseReturnValue:
    """How the person is told of what concerns them: by kind of notice, and their quiet hours."""
    return _page()


@choices.post("")
@access(SIGNED_IN)
def save() -> ResponseReturnValue:
    """Save how the person is told. Kinds that are not theirs are refused."""
    actor, command = current_actor(), _typed()
    return change(
        lambda db: choose_notices(db, command, actor=actor),
        lambda refusal: _page(command, refusal),
        lambda _done: _saved(),
    )


def _saved() -> ResponseReturnValue:
    flash(gettext("Saved."), "ok")
    return redirect(url_for("notice_choices.page"), 303)


def _typed() -> ChooseNotices:
    with panel().database.reading() as db:
        offered = _offered(db)
    kinds = {channel: request.form.getlist(channel.value) for channel in offered}
    typed = TypedQuiet(*(request.form.get(name, "") for name in ("begins", "ends", "timezone")))
    return ChooseNotices(kinds, typed if "quiet" in request.form else None)


def _page(
    typed: ChooseNotices | None = None, refusal: DomainError | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    with panel().database.reading() as db:
        shown = _read(db, actor, typed, refusal)
    status = refusal.status if refusal else 200
    return render_template("notices/choices.html", page=shown), status


def _read(
    db: Session, actor: Actor, typed: ChooseNotices | None, refusal: DomainError | None
) -> ChoicesPage:
    user_id = actor.user_id or 0
    kept = choices_of(db, [user_id]).get(user_id, NOTHING_CHOSEN)
    kinds = kinds_for(actor)
    quiet = kept.quiet
    begins, ends = map(_clock, (quiet.begins, quiet.ends)) if quiet else USUAL_QUIET
    zone = quiet.timezone if quiet else zone_of(providers(db, actor))
    as_kept = TypedQuiet(begins, ends, zone)
    sections: dict[str, list[NoticeKind]] = {}
    for kind in kinds:
        sections.setdefault(say(kind.section, language()), []).append(kind)
    return ChoicesPage(
        sections=sections,
        chosen=typed.kinds
        if typed
        else {one: [k.key for k in kinds if one in kept.of(k)] for one in _offered(db)},
        is_quiet=typed.quiet is not None if typed else quiet is not None,
        quiet=typed.quiet if typed and typed.quiet else as_kept,
        zones=sorted(available_timezones()),
        lacks_address=post_office(db) is not None and not db.get_one(User, user_id).email,
        refusal=refusal,
    )


def _offered(db: Session) -> Sequence[Channel]:
    """Where no letters are sent no page speaks of any."""
    without = () if post_office(db) else (Channel.MAIL,)
    return [channel for channel in Channel if channel not in without]


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}"
