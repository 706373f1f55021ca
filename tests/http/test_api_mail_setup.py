"""The API of mail: who letters are from, what they say, and what became of them."""

from collections.abc import Callable

import pytest

from billing_panel.mail.answers.reply_outcomes import Arrival, write_arrival
from billing_panel.mail.models import LetterRow
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, all_pages, problem_of, wrong_fields
from tests.letters import failed_letter, letter, posted, provider_id, rows, states
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]

MAIL = "/providers/nordvik/mail"
TEXT = f"{MAIL}/templates/account.signed_in/en"
WORDS = {"subject": "A new sign-in, {{ name }}", "text": "Hello {{ name }},\n\nwas it you?"}


@pytest.fixture
def writer(world: World, api: Api) -> ApiClient:
    """One of Nordvik's staff, who holds all of mail and nothing else."""
    hold_only(world, "georgi", "mail:letter:read", "mail:letter:send", "mail:template:change")
    return api("georgi")


def test_who_letters_are_from_is_shown_and_changed(world: World, writer: ApiClient) -> None:
    shown = json_of(writer.get(MAIL))
    assert shown["usual"]["name"]
    body = {"name": "Nordvik", "footers": {"en": "Sofia"}, "version": shown["version"]}
    changed = json_of(writer.patch(MAIL, body))
    assert (changed["name"], changed["reply_to"], changed["footers"]) == (
        "Nordvik",
        shown["reply_to"],
        {"en": "Sofia"},
    )
    before = world.everything()
    told = writer.patch(MAIL, {"name": "-"}, If_Match=f'"{shown["version"]}"')
    assert problem_of(told, 409, "stale_version")["current"] == changed
    assert wrong_fields(writer.patch(MAIL, {"reply_to": "nobody"})) == [("reply_to", "email")]
    assert wrong_fields(writer.patch(MAIL, {"sender": "x"})) == [("sender", "unknown_field")]
    long = writer.patch(MAIL, {"footers": {"en": "x" * 1001}})
    assert wrong_fields(long) == [("footers.en", "length")]
    assert world.everything() == before


def test_a_text_is_written_and_taken_back(world: World, writer: ApiClient) -> None:
    usual = json_of(writer.get(TEXT))
    assert usual["own"] is False
    own = json_of(writer.put(TEXT, {**WORDS, "version": usual["version"]}))
    assert own == {**WORDS, "own": True, "version": own["version"]}
    kinds = [kind for page in all_pages(writer, f"{MAIL}/templates", limit=5) for kind in page]
    written = {kind["key"]: kind["own"] for kind in kinds}
    assert {key for key, languages in written.items() if languages} == {"account.signed_in"}
    before = world.everything()
    told = writer.put(TEXT, {**WORDS, "subject": "-", "version": usual["version"]})
    assert problem_of(told, 409, "stale_version")["current"] == own
    wrong = writer.put(TEXT, {"subject": "", "text": "{{ password }}"})
    assert wrong_fields(wrong) == [("subject", "required"), ("text", "placeholder")]
    assert wrong_fields(writer.put(TEXT, {"subject": "x"})) == [("text", "missing")]
    assert world.everything() == before
    assert json_of(writer.delete(TEXT)) == usual


def test_a_text_is_looked_at_without_being_saved(world: World, writer: ApiClient) -> None:
    before = world.everything()
    shown = json_of(writer.post(f"{TEXT}/preview", WORDS))
    assert shown["subject"].startswith("A new sign-in, ")
    assert "was it you?" in shown["text"]
    assert "was it you?" in shown["html"]
    wrong = writer.post(f"{TEXT}/preview", {**WORDS, "text": "{{ nothing }}"})
    assert wrong_fields(wrong) == [("text", "placeholder")]
    assert world.everything() == before


def test_a_test_letter_goes_to_whoever_asks(world: World, writer: ApiClient) -> None:
    number = len(rows(world))
    sent = json_of(writer.post(f"{TEXT}/test", WORDS))
    *_, row = rows(world)
    assert len(rows(world)) == number + 1
    assert (row.to, row.subject) == (sent["to"], WORDS["subject"])
    assert json_of(writer.get(TEXT))["own"] is False


def test_mail_of_other_providers_is_not_there(world: World, api: Api) -> None:
    failed = failed_letter(world)
    hold_only(world, "olga", *world.panel.known)
    olga = api("olga")
    before = world.everything()
    for path in (MAIL, f"{MAIL}/templates", TEXT, f"/outbox/{failed}", f"/outbox/{MISSING}"):
        problem_of(olga.get(path), 404, "not_found")
    assert wrong_fields(olga.get("/outbox", provider="nordvik")) == [
        ("provider", "unknown_provider")
    ]
    problem_of(olga.patch(MAIL, {"name": "-"}), 404, "not_found")
    problem_of(olga.put(TEXT, WORDS), 404, "not_found")
    problem_of(olga.delete(TEXT), 404, "not_found")
    problem_of(olga.post(f"{TEXT}/test", WORDS), 404, "not_found")
    problem_of(olga.post(f"/outbox/{failed}/send"), 404, "not_found")
    assert world.everything() == before


def test_no_language_and_no_kind_that_is_not_there(api: Api) -> None:
    owner = api("owner")
    for path in ("account.signed_in/de", "account.nothing/en"):
        problem_of(owner.get(f"{MAIL}/templates/{path}"), 404, "not_found")


def test_letters_are_listed_filtered_and_shown(world: World, writer: ApiClient) -> None:
    failed = failed_letter(world)
    posted(world, letter("a", to="b@example.com", provider_id=provider_id(world, "nordvik")))
    posted(world, letter("foreign", provider_id=provider_id(world, "sever")), letter("panel"))
    (newest, oldest) = [one for (one,) in all_pages(writer, "/outbox", limit=1)]
    assert (newest["to"], oldest["id"]) == ("b@example.com", failed)
    assert (oldest["state"], oldest["server_answer"]) == ("failed", "550 no such user")
    for query in ({"state": "failed"}, {"to": "ELENA@"}):
        assert json_of(writer.get("/outbox", **query))["items"] == [oldest]
    of_both = {"kind": "account.signed_in", "provider": "nordvik"}
    assert len(json_of(writer.get("/outbox", **of_both))["items"]) == 2
    shown = json_of(writer.get(f"/outbox/{failed}"))
    assert shown["may_be_sent_again"] is True
    assert shown["subject"]
    assert {**oldest, **shown} == shown
    assert wrong_fields(writer.get("/outbox", state="lost")) == [("state", "unknown_state")]
    assert wrong_fields(writer.get("/outbox", kind="x")) == [("kind", "unknown_kind")]
    assert wrong_fields(writer.get("/outbox", order="7")) == [("order", "unknown_field")]


def test_a_failed_letter_is_sent_again_once(world: World, writer: ApiClient) -> None:
    failed = failed_letter(world)
    answer = json_of(writer.post(f"/outbox/{failed}/send"))
    assert answer == {"id": failed, "state": "waiting"}
    assert states(world)["failed"] == "waiting"
    before = world.everything()
    problem_of(writer.post(f"/outbox/{failed}/send"), 409, "not_failed")
    assert world.everything() == before


def test_answers_that_nobody_got_are_listed(world: World, writer: ApiClient, api: Api) -> None:
    own, foreign = failed_letter(world, "own"), failed_letter(world, "foreign", "sever")
    with world.database.writing() as session:
        for letter_id in (own, foreign):
            row = session.get_one(LetterRow, letter_id)
            arrival = Arrival(f"{letter_id:064}", row, f"{letter_id}@x.example", "Re: hello")
            write_arrival(session, arrival, problem="forged", at=world.clock.now())
    (seen,) = json_of(writer.get("/outbox/replies"))["items"]
    assert (seen["sender"], seen["subject"]) == (f"{own}@x.example", "Re: hello")
    assert "claims to be" in seen["problem"]
    assert len(json_of(api("owner").get("/outbox/replies"))["items"]) == 2
