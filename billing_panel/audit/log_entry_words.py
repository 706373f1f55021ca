"""An entry of the log in the words of one language."""

from billing_panel.audit.log_entries import LogEntry
from billing_panel.kernel.extension.hooks import Detail
from billing_panel.kernel.language.text import say, say_value, text


def who_did(entry: LogEntry, language: str) -> str:
    """Name who acted; where nobody did, the system."""
    if entry.who is not None:
        return entry.who.name
    return say(text("The system"), language)


def subject_name(entry: LogEntry, language: str) -> str:
    """Name what the event is about; without a name of its own, by its number."""
    if entry.subject is not None:
        return say_value(entry.subject.name, language)
    return say(text("№ %(number)s", number=str(entry.event.subject_id)), language)


def lines(entry: LogEntry, language: str) -> list[str]:
    """The details, ``Credit limit: 0.00 → 500.00``."""
    return [_line(detail, language) for detail in entry.words.details]


def _line(detail: Detail, language: str) -> str:
    if detail.before is None:
        return say(text("%(what)s: %(now)s", what=detail.what, now=detail.now), language)
    changed = text(
        "%(what)s: %(before)s → %(now)s", what=detail.what, before=detail.before, now=detail.now
    )
    return say(changed, language)
