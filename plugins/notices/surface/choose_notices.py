"""Choosing one's notices: channels for each kind, and quiet hours."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from billing_panel.administration.details import validators
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from plugins.notices.kinds.known_kinds import KINDS, kinds_for
from plugins.notices.kinds.notice_kind import Channel
from plugins.notices.store.choices import NOTHING_CHOSEN, Quiet, choices_of
from plugins.notices.store.models import NoticeChoice, QuietHours

TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class TypedQuiet:
    """As typed: ``22:00`` and the name of a zone."""

    begins: str
    ends: str
    timezone: str


@dataclass(frozen=True)
class ChooseNotices:
    """``kinds``: those of the channel, by each channel; one that is not there stays as it was.

    ``quiet`` None: no quiet hours.
    """

    kinds: Mapping[Channel, Collection[str]]
    quiet: TypedQuiet | None = None


def choose_notices(session: Session, command: ChooseNotices, *, actor: Actor) -> None:
    """The actor's own; kinds that they are not told of stay as they were. Raises Invalid.

    What is left as the table has it is not written down: it follows the table when that changes.
    """
    offered = {kind.key for kind in kinds_for(actor)}
    quiet, errors = _read_quiet(command.quiet)
    errors += [*_unknown(command, offered)]
    if errors:
        raise Invalid(errors)
    user_id = actor.user_id or 0
    before = choices_of(session, [user_id]).get(user_id, NOTHING_CHOSEN)
    session.execute(
        delete(NoticeChoice).where(NoticeChoice.user_id == user_id, NoticeChoice.kind.in_(offered))
    )
    chosen = {
        key: frozenset(
            channel
            for channel in Channel
            if (
                key in command.kinds[channel]
                if channel in command.kinds
                else channel in before.of(KINDS[key])
            )
        )
        for key in offered
    }
    rows = [
        {"user_id": user_id, "kind": key, "channels": sorted(channels)}
        for key, channels in sorted(chosen.items())
        if channels != KINDS[key].channels
    ]
    if rows:
        session.execute(insert_into(session, NoticeChoice), rows)
    _keep_quiet(session, user_id, quiet)


def _keep_quiet(session: Session, user_id: int, quiet: Quiet | None) -> None:
    session.execute(delete(QuietHours).where(QuietHours.user_id == user_id))
    if quiet is not None:
        session.add(
            QuietHours(
                user_id=user_id, begins=quiet.begins, ends=quiet.ends, timezone=quiet.timezone
            )
        )


def _read_quiet(typed: TypedQuiet | None) -> tuple[Quiet | None, list[FieldError]]:
    if typed is None:
        return None, []
    begins, ends = _minutes(typed.begins), _minutes(typed.ends)
    errors = [*validators.timezone("timezone", typed.timezone)]
    for name, minutes in (("begins", begins), ("ends", ends)):
        if minutes is None:
            errors.append(FieldError(name, "time", text("Enter a time such as 22:00.")))
    if begins is None or ends is None:
        return None, errors
    if begins == ends:
        message = text("Quiet hours can’t end at the time they begin.")
        errors.append(FieldError("ends", "same_time", message))
    return Quiet(begins, ends, typed.timezone), errors


def _minutes(written: str) -> int | None:
    found = TIME.fullmatch(written.strip())
    return None if found is None else int(found[1]) * 60 + int(found[2])


def _unknown(command: ChooseNotices, offered: Collection[str]) -> Iterator[FieldError]:
    for channel, kinds in command.kinds.items():
        if not set(kinds) <= set(offered):
            message = text("There are no such notices for you; open the page again.")
            yield FieldError(channel.value, "unknown_kind", message)
