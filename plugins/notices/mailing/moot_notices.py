"""Whether a notice that was held back is still relevant."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from plugins.notices.mailing.notice_email_values import Subject
from plugins.orders.exceptions.exception_models import State
from plugins.orders.timeline.order_timeline import question_of

Asked = Callable[[Session, Subject, datetime], bool]


def is_over(session: Session, kind: str, subject: Subject, at: datetime) -> bool:
    """Whether a notice of ``kind`` is moot at ``at``; what only tells something never is."""
    return kind in OVER and OVER[kind](session, subject, at)


def _answered(session: Session, subject: Subject, _at: datetime) -> bool:
    return subject.order is None or question_of(session, subject.order) is None


def _not_due(_session: Session, subject: Subject, _at: datetime) -> bool:
    if subject.order is None:
        return True
    if subject.facts.told.get("to_pay"):
        return subject.order.asked_for <= 0
    return subject.order.deadline is None


def _paid(_session: Session, subject: Subject, _at: datetime) -> bool:
    """A bill that was overdue; what a step did is told all the same."""
    was_bill = subject.facts.event == "deadline.passed"
    return was_bill and (subject.order is None or subject.order.asked_for <= 0)


def _moved_on(_session: Session, subject: Subject, _at: datetime) -> bool:
    return subject.order is None or subject.order.status.title != subject.facts.status


def _decided(_session: Session, subject: Subject, at: datetime) -> bool:
    return subject.exception is None or subject.exception.state(at) is not State.OPEN


OVER: Mapping[str, Asked] = {
    "answer.needed": _answered,
    "deadline.approached": _not_due,
    "deadline.passed": _paid,
    "order.changed": _moved_on,
    "exception.proposed": _decided,
}
