"""What people chose: channels for each kind of notice, and quiet hours."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugins.notices.kinds.notice_kind import Channel, Channels, NoticeKind
from plugins.notices.store.models import NoticeChoice, QuietHours


@dataclass(frozen=True)
class Quiet:
    """Minutes after midnight in ``timezone``; where ``ends`` is not later it is of the next day."""

    begins: int
    ends: int
    timezone: str

    def until(self, at: datetime) -> datetime | None:
        """When the quiet hours in which ``at`` falls are over, in UTC. None: it is in none.

        A clock that is put forward or back on the way changes nothing: they end when a clock on
        the wall says so.
        """
        zone = ZoneInfo(self.timezone)
        there = at.astimezone(zone)
        minute = there.hour * 60 + there.minute
        if self.begins < self.ends:
            is_quiet, days = self.begins <= minute < self.ends, 0
        else:
            is_quiet, days = minute >= self.begins or minute < self.ends, int(minute >= self.begins)
        if not is_quiet:
            return None
        day = there.date() + timedelta(days=days)
        return datetime.combine(day, time(*divmod(self.ends, 60)), zone).astimezone(UTC)


@dataclass(frozen=True)
class Choices:
    """One person's, by kind; a kind that is not there is told as its table has it."""

    channels: Mapping[str, Channels] = field(default_factory=dict)
    quiet: Quiet | None = None

    def of(self, kind: NoticeKind) -> Channels:
        return self.channels.get(kind.key, kind.channels)


NOTHING_CHOSEN = Choices()


def choices_of(session: Session, user_ids: Collection[int]) -> Mapping[int, Choices]:
    """Read what those of ``user_ids`` chose who chose something."""
    channels: dict[int, dict[str, Channels]] = defaultdict(dict)
    for row in session.execute(
        select(NoticeChoice.user_id, NoticeChoice.kind, NoticeChoice.channels).where(
            NoticeChoice.user_id.in_(user_ids)
        )
    ):
        channels[row.user_id][row.kind] = frozenset(map(Channel, row.channels))
    quiet = {
        row.user_id: Quiet(row.begins, row.ends, row.timezone)
        for row in session.execute(
            select(
                QuietHours.user_id, QuietHours.begins, QuietHours.ends, QuietHours.timezone
            ).where(QuietHours.user_id.in_(user_ids))
        )
    }
    return {
        user_id: Choices(channels.get(user_id, {}), quiet.get(user_id))
        for user_id in channels.keys() | quiet.keys()
    }
