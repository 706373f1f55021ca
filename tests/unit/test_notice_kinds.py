"""Every event is decided on, and every kind of notice has words and a letter in each language."""

from datetime import UTC, datetime

import pytest

from billing_panel.core.plugins import all_event_readers, load_plugins
from billing_panel.kernel.language.text import LANGUAGES
from billing_panel.mail.writing.placeholders import mistakes, places_in
from billing_panel.mail.writing.template_texts import usual_text
from plugins.notices.kinds.event_notice_kinds import DECISIONS, NOBODY
from plugins.notices.kinds.known_kinds import KINDS
from plugins.notices.kinds.notice_kind import Audience, Channel
from plugins.notices.mailing.mail_kinds import mail_kinds, places_of
from plugins.notices.store.choices import Quiet
from plugins.notices.wording.sentences import SENTENCES


def test_each_kind_of_event_is_told_as_something_or_to_nobody() -> None:
    kinds = {kind for reader in all_event_readers(load_plugins()) for kind in reader.kinds}
    assert kinds - DECISIONS.keys() - NOBODY == set(), "nobody has decided whom it concerns"
    assert (DECISIONS.keys() | NOBODY) - kinds == set(), "there are no such events"
    assert DECISIONS.keys() & NOBODY == set()


def test_each_kind_of_notice_has_a_sentence_and_a_letter() -> None:
    assert SENTENCES.keys() == KINDS.keys()
    assert [kind.key for kind in mail_kinds()] == [*KINDS]


@pytest.mark.parametrize("key", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_letter_is_written_with_places_it_has(key: str, language: str) -> None:
    usual = usual_text(key, language)
    for words in (usual.subject, usual.text):
        assert [str(one) for one in mistakes(words, [*places_of(key)])] == []
    assert "link" in places_in(usual.text)
    # the same is said in each language
    english = usual_text(key, "en")
    assert set(places_in(usual.text)) == set(places_in(english.text))


def test_what_goes_to_a_firms_address_is_for_that_firm() -> None:
    for kind in KINDS.values():
        if kind.to_client or kind.to_accounting or kind.is_receipt:
            assert kind.audience is Audience.CLIENT
        if kind.to_provider:
            assert kind.audience is Audience.STAFF
            assert Channel.MAIL in kind.channels


def test_a_new_order_makes_no_sound_until_somebody_wants_it() -> None:
    """D6; a client hears of changes of their orders (M12)."""
    assert Channel.SOUND not in KINDS["order.placed"].channels
    assert Channel.SOUND in KINDS["order.changed"].channels


NIGHT = Quiet(22 * 60, 8 * 60, "Europe/Sofia")
NOON = Quiet(12 * 60, 13 * 60 + 30, "Europe/Sofia")


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        (NIGHT, (2026, 11, 22, 19, 59), None),
        (NIGHT, (2026, 11, 22, 20, 0), (2026, 11, 23, 6, 0)),
        (NIGHT, (2026, 11, 23, 5, 59), (2026, 11, 23, 6, 0)),
        (NIGHT, (2026, 11, 23, 6, 0), None),
        (NOON, (2026, 11, 22, 10, 0), (2026, 11, 22, 11, 30)),
        (NOON, (2026, 11, 22, 11, 30), None),
        # clocks are put back that night: eight o'clock is what the clock on the wall says
        (NIGHT, (2026, 10, 24, 20, 0), (2026, 10, 25, 6, 0)),
        (NIGHT, (2026, 3, 28, 21, 0), (2026, 3, 29, 5, 0)),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall(
    quiet: Quiet, at: tuple[int, ...], until: tuple[int, ...] | None
) -> None:
    def moment(of: tuple[int, ...]) -> datetime:
        year, month, day, hour, minute = of
        return datetime(year, month, day, hour, minute, tzinfo=UTC)

    assert quiet.until(moment(at)) == (moment(until) if until else None)
