"""Letters for notices: to whom, once, when quiet hours are over, and with which words."""

from datetime import UTC, datetime, timedelta

import pytest

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import addresses_in
from billing_panel.kernel.language.errors import Invalid
from billing_panel.mail.post_office import POST_OFFICE
from invoices.mailed_document import mailed_document
from plugins.notices.kinds.notice_kind import Channel
from plugins.notices.mailing.mail_kinds import mail_kinds
from plugins.notices.store.find_notices import read_up_to
from plugins.notices.store.models import MailState
from plugins.notices.surface.choose_notices import ChooseNotices, TypedQuiet, choose_notices
from tests.actions.conftest import Opening
from tests.businesses import HOSTING, PROVIDER, SERVER, Business
from tests.notices import Telling
from tests.world import hold_only

MAIL = "buyer@example.test"
# noon in UTC is two in the afternoon in Sofia
AT_NOON = TypedQuiet("13:00", "18:30", "Europe/Sofia")
OVER = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


@pytest.fixture
def told(hosting: Business) -> Telling:
    telling = Telling(hosting.world)
    telling.follow()
    return telling


def states(told: Telling, recipient: str) -> list[MailState | None]:
    return [one.mail for one in told.notices() if one.recipient == recipient and one.mail]


# --- to whom ------------------------------------------------------------------------------------


def test_a_clients_own_address_is_written_to_in_their_language(
    hosting: Business, told: Telling
) -> None:
    told.give_client("buyer", email=MAIL, language="bg")
    hosting.place(HOSTING)
    told.follow()
    (letter,) = told.letters(MAIL)
    assert (letter.kind, letter.language, letter.user_id) == ("order.received", "bg", None)
    assert letter.client_id == hosting.client_id


def test_one_address_gets_one_letter_of_an_event_in_however_many_roles(
    hosting: Business, told: Telling
) -> None:
    told.give_client("buyer", email=MAIL.upper(), accounting_emails=f"{MAIL}, {MAIL.upper()}")
    told.give_address("buyer", MAIL)
    hosting.place(HOSTING)
    told.follow()
    assert len({letter.key for letter in told.letters(MAIL)}) == len(told.letters(MAIL)) == 1


def test_a_user_who_has_the_clients_address_chooses_for_themselves(
    hosting: Business, told: Telling
) -> None:
    told.give_client("buyer", email=MAIL)
    told.give_address("buyer", MAIL)
    told.choose("buyer", mail=["order.received", "bill.issued"])
    hosting.place(HOSTING)
    told.follow()
    assert told.letters(MAIL) == []


def test_accounting_gets_a_copy_of_each_bill_with_the_bill(
    hosting: Business, told: Telling
) -> None:
    told.give_client("buyer", accounting_emails="ap@example.test, cfo@example.test")
    order_id = hosting.place(HOSTING)
    told.follow()
    (document,) = hosting.order(order_id).documents
    for address in ("ap@example.test", "cfo@example.test"):
        (letter,) = told.letters(address)
        assert letter.kind == "bill.issued"
        assert letter.attachments == [["document", document.id]]
        assert letter.values["bill"] == document.number


def test_a_new_order_is_written_to_the_providers_address_whatever_people_chose(
    hosting: Business, told: Telling
) -> None:
    """M1."""
    hosting.world.change(Provider, {"key": PROVIDER}, email="shop@example.test")
    for login in ("petar", "georgi"):
        told.choose(login, quiet=AT_NOON, mail=["order.placed"])
    hosting.wait(hours=2)
    hosting.place(HOSTING)
    told.follow()
    (letter,) = told.letters("shop@example.test")
    assert letter.kind == "order.placed"
    assert letter.values["client"] == "Buyer OOD"
    assert letter.attachments is None


def test_staff_are_written_to_by_choice(hosting: Business, told: Telling) -> None:
    told.give_address("petar", "petar@example.test")
    told.give_address("georgi", "georgi@example.test")
    told.choose("georgi", mail=["order.placed"])
    hosting.place(HOSTING)
    told.follow()
    assert told.kinds_of_letters("petar@example.test") == ["order.placed"]
    assert told.letters("georgi@example.test") == []
    assert told.screens("georgi") == ["order.placed"]


def test_without_an_address_nothing_is_written_down_to_be_sent(
    hosting: Business, told: Telling
) -> None:
    told.give_address("petar", "")
    hosting.place(HOSTING)
    told.follow()
    assert states(told, f"user:{hosting.actor('petar').user_id}") == []
    assert told.screens("petar") == ["order.placed"]


def test_where_mail_is_not_set_up_nobody_is_written_to_later(
    hosting: Business, told: Telling
) -> None:
    told.give_address("buyer", MAIL)
    office = hosting.world.database.info.pop(POST_OFFICE)
    try:
        hosting.place(HOSTING)
        told.follow()
    finally:
        hosting.world.database.info[POST_OFFICE] = office
    assert told.follow() == 0
    assert told.letters(MAIL) == []
    assert told.screens("buyer") == ["order.received"]


# --- quiet hours --------------------------------------------------------------------------------


def test_quiet_hours_hold_a_letter_until_they_are_over(hosting: Business, told: Telling) -> None:
    told.give_address("petar", "petar@example.test")
    told.choose("petar", quiet=AT_NOON)
    hosting.wait(hours=2)
    hosting.place(HOSTING)
    told.follow()
    assert told.letters("petar@example.test") == []
    assert told.screens("petar") == ["order.placed"]
    hosting.world.clock.at = OVER - timedelta(seconds=1)
    told.follow()
    assert told.letters("petar@example.test") == []
    hosting.world.clock.at = OVER
    told.follow()
    assert told.kinds_of_letters("petar@example.test") == ["order.placed"]


def test_what_was_read_in_the_panel_meanwhile_is_not_sent_any_more(
    hosting: Business, told: Telling
) -> None:
    world = hosting.world
    told.give_address("petar", "petar@example.test")
    told.choose("petar", quiet=AT_NOON)
    hosting.wait(hours=2)
    hosting.place(HOSTING)
    told.follow()
    petar = world.actor("petar")
    with world.database.writing() as session:
        read_up_to(session, petar, None, at=world.clock.now())
    world.clock.at = OVER
    told.follow()
    assert states(told, f"user:{petar.user_id}") == [MailState.MOOT]
    assert told.letters("petar@example.test") == []


def test_a_question_that_was_answered_meanwhile_is_not_sent_any_more(
    hosting: Business, told: Telling
) -> None:
    told.give_address("buyer", MAIL)
    order_id = hosting.place(SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    told.follow()
    before = len(told.letters(MAIL))
    told.choose("buyer", quiet=AT_NOON)
    hosting.wait(hours=2)
    hosting.move(order_id, "ask", reason="Which system?")
    told.follow()
    hosting.wait(minutes=5)
    hosting.move(order_id, "resume")
    hosting.world.clock.at = OVER
    told.follow()
    kinds = told.kinds_of_letters(MAIL)[before:]
    assert "answer.needed" not in kinds


def test_sound_and_desktop_keep_quiet_and_the_panel_does_not(
    hosting: Business, told: Telling
) -> None:
    told.choose("buyer", quiet=AT_NOON)
    hosting.wait(hours=2)
    hosting.place(HOSTING)
    told.follow()
    (quiet,) = [one for one in told.notices() if one.kind == "order.received"]
    assert (quiet.listed, quiet.sound, quiet.desktop) == (True, False, False)
    hosting.world.clock.at = OVER
    hosting.place(HOSTING)
    told.follow()
    *_, loud = [one for one in told.notices() if one.kind == "order.received"]
    assert (loud.listed, loud.sound, loud.desktop) == (True, True, False)


# --- choices ------------------------------------------------------------------------------------


def test_who_wants_nothing_of_a_kind_gets_nothing_of_it(hosting: Business, told: Telling) -> None:
    told.choose("petar", panel=["order.placed"], mail=["order.placed"])
    hosting.place(HOSTING)
    told.follow()
    assert told.screens("petar") == []


def test_what_is_left_as_it_is_follows_the_table(hosting: Business, told: Telling) -> None:
    told.choose("petar")
    assert hosting.world.everything()["notice_choice"] == []


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        (TypedQuiet("25:00", "08:00", "Europe/Sofia"), {"begins"}),
        (TypedQuiet("22:00", "soon", "Europe/Sofia"), {"ends"}),
        (TypedQuiet("22:00", "22:00", "Europe/Sofia"), {"ends"}),
        (TypedQuiet("22:00", "08:00", "Mars/Base"), {"timezone"}),
    ],
)
def test_wrong_quiet_hours_are_refused_and_nothing_is_kept(
    hosting: Business, typed: TypedQuiet, wrong: set[str]
) -> None:
    world, actor = hosting.world, hosting.actor("maria")
    before = world.everything()
    with pytest.raises(Invalid) as refused, world.database.writing() as session:
        choose_notices(session, ChooseNotices({}, typed), actor=actor)
    assert {error.field for error in refused.value.errors} == wrong
    assert world.everything() == before


def test_nobody_chooses_among_notices_that_are_not_for_them(hosting: Business) -> None:
    world, actor = hosting.world, hosting.actor("buyer")
    before = world.everything()
    with pytest.raises(Invalid), world.database.writing() as session:
        choose_notices(session, ChooseNotices({Channel.MAIL: ["order.placed"]}), actor=actor)
    assert world.everything() == before


def test_addresses_are_read_as_people_write_them() -> None:
    assert addresses_in("a@x.test; b@x.test,\n A@x.test ") == ["a@x.test", "b@x.test"]


# --- words --------------------------------------------------------------------------------------


def test_a_reader_without_prices_is_written_no_sum(hosting: Business, told: Telling) -> None:
    told.give_address("georgi", "georgi@example.test")
    hold_only(hosting.world, "georgi", "orders:order:read")
    hosting.place(HOSTING)
    told.follow()
    (letter,) = told.letters("georgi@example.test")
    assert (letter.values["sum"], letter.values["left"]) == ("", "")
    assert letter.values["sentence"].endswith("—")


def test_what_is_asked_of_a_client_stands_in_the_letter_and_staffs_words_do_not(
    hosting: Business, told: Telling
) -> None:
    told.give_address("buyer", MAIL)
    order_id = hosting.place(SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    hosting.wait(hours=1)
    hosting.move(order_id, "ask", reason="Which system?")
    hosting.wait(hours=1)
    hosting.move(order_id, "cancel", by="boss", reason="a thief", client_text="We are sorry")
    told.follow()
    said = {letter.kind: letter.values["details"] for letter in told.letters(MAIL)}
    assert said["answer.needed"] == "Which system?"
    assert "a thief" not in "".join(said.values())


def test_every_notice_of_mail_is_dealt_with(hosting: Business, told: Telling) -> None:
    told.give_address("buyer", MAIL)
    hosting.place(HOSTING)
    told.follow()
    assert {one.mail for one in told.notices()} == {None, MailState.POSTED}


def test_a_bill_goes_with_its_letter_as_its_kept_file(hosting: Business) -> None:
    order_id = hosting.place(HOSTING)
    (document,) = hosting.order(order_id).documents
    database = hosting.world.database
    file = mailed_document(database, document.id)
    assert file is not None
    assert (file.name, file.content[:5]) == (f"{document.number}.pdf", b"%PDF-")
    assert mailed_document(database, document.id) == file
    assert mailed_document(database, document.id + 1) is None


def test_a_preview_is_filled_in_from_an_order_of_the_provider(
    hosting: Business, told: Telling
) -> None:
    hosting.place(HOSTING)
    told.follow()
    maria, olga, provider_id = hosting.actor("maria"), hosting.actor("olga"), hosting.provider_id
    kinds = mail_kinds()
    with hosting.world.database.reading() as session:
        samples = [kind.samples(session, maria, provider_id, "bg") for kind in kinds]
        foreign = [kind.samples(session, olga, provider_id, "bg") for kind in kinds]
    filled = {}
    for kind, sample in zip(kinds, samples, strict=True):
        if sample is not None:
            filled[kind.key] = sample.values
            assert sample.values.keys() == kind.placeholders.keys()
            assert "None" not in "".join(sample.values.values())
    assert {"order.received", "order.placed", "price.raised"} <= filled.keys()
    assert filled["order.received"]["number"] == "10001"
    assert {*foreign} == {None}
