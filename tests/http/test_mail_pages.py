"""The Outbox, the texts of mail, and what pages promise where mail is set up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from billing_panel.accounts.people.user_models import User
from billing_panel.mail.answers.reply_outcomes import Arrival, write_arrival
from billing_panel.mail.letter_personal_data import LETTER_RECORDS
from billing_panel.mail.models import LetterRow, LetterState, MailSender, MailText
from tests.architecture.test_translations import PROMISES
from tests.http.engines import ON_SQLITE
from tests.http.form import fill
from tests.http.visitor import Visitor
from tests.letters import failed_letter, letter, posted, provider_id, rows, states
from tests.world import World, hold_only

Visit = Callable[..., Visitor]
TEXT = "/mail/nordvik/account.signed_in/en"
SMTP = {
    "BILLING_PANEL_SMTP_URL": "smtp://127.0.0.1:1",
    "BILLING_PANEL_MAIL_FROM": "billing@panel.example",
}


@pytest.fixture
def reader(world: World, visit: Visit) -> Visitor:
    """Georgi works for nordvik alone."""
    hold_only(world, "georgi", "mail:letter:read", "mail:letter:send", "mail:template:change")
    return visit("georgi")


def typed(visitor: Visitor, path: str = TEXT, **fields: Any) -> tuple[str, Any]:
    return fill(visitor.get(path), "details", **fields)


def test_letters_of_other_providers_and_of_the_panel_do_not_exist(
    world: World, reader: Visitor, visit: Visit
) -> None:
    own = failed_letter(world, "own")
    foreign = failed_letter(world, "foreign", "sever")
    panel = failed_letter(world, "panel", None)
    assert reader.get(f"/outbox/{own}").status_code == 200
    listed = reader.get("/outbox").text
    assert f'href="/outbox/{own}"' in listed
    before = world.everything()
    for hidden in (foreign, panel):
        assert f'href="/outbox/{hidden}"' not in listed
        for path in (f"/outbox/{hidden}", f"/outbox/{hidden}/html"):
            assert reader.get(path).status_code == 404
        assert reader.send(f"/outbox/{hidden}/send").status_code == 404
    assert world.everything() == before
    seen = visit("owner").get("/outbox").text
    assert all(f'href="/outbox/{one}"' in seen for one in (own, foreign, panel))


@ON_SQLITE
def test_filters_find_letters_and_nothing_typed_there_breaks(world: World, reader: Visitor) -> None:
    one = failed_letter(world)
    for query in ("state=failed", "kind=account.signed_in", "to=stoyanova", "provider=nordvik"):
        assert f'href="/outbox/{one}"' in reader.get(f"/outbox?{query}").text
    for query in ("state=waiting", "kind=x", "to=%25", "provider=sever", "provider=%27", "from=1"):
        answer = reader.get(f"/outbox?{query}")
        assert answer.status_code == 200
        assert f'href="/outbox/{one}"' not in answer.text


@ON_SQLITE
def test_a_letter_is_shown_where_it_can_do_nothing(world: World, reader: Visitor) -> None:
    markup = {"name": "<script>alert(1)</script>"}
    posted(world, letter("a", provider_id=provider_id(world, "nordvik"), values=markup))
    (row,) = rows(world)
    page = reader.get(f"/outbox/{row.id}")
    assert "<script>alert" not in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    inside = reader.get(f"/outbox/{row.id}/html")
    assert "<script>" not in inside.text
    policy = inside.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy


def test_a_failed_letter_is_sent_again_once(world: World, reader: Visitor) -> None:
    one = failed_letter(world)
    assert "E-mails that could not be sent" in reader.get("/").text
    answer = reader.send(f"/outbox/{one}/send")
    assert (answer.status_code, answer.location) == (303, f"/outbox/{one}")
    assert states(world) == {"failed": "waiting"}
    assert "could not be sent" not in reader.get("/").text
    before = world.everything()
    assert reader.send(f"/outbox/{one}/send").status_code == 409
    assert world.everything() == before


@ON_SQLITE
def test_one_time_links_are_readable_in_a_sandbox_alone(
    world: World, app_with: Callable[..., Flask], visit: Visit
) -> None:
    link = "http://127.0.0.1:8000/choose-password/of-elena"
    values = dict.fromkeys(("when", "account", "forgotten", "address", "browser"), "x")
    one = letter("a", kind="account.link_given")
    plain = {name: text for name, text in one.values.items() if name not in values}
    posted(world, type(one)(one.key, one.kind, one.to, "en", plain, secrets={"link": link}))
    (row,) = rows(world)
    owner = visit("owner")
    assert "of-elena" in owner.get(f"/outbox/{row.id}").text
    real = Visitor(app_with(environ=SMTP).test_client())
    real.carry(owner.secret() or "")
    for path in (f"/outbox/{row.id}", f"/outbox/{row.id}/html"):
        answer = real.get(path)
        assert answer.status_code == 200
        assert "of-elena" not in answer.text
        assert "one-time link" in answer.text


# --- texts --------------------------------------------------------------------------------------


def test_a_provider_writes_its_own_text_and_takes_it_back(world: World, reader: Visitor) -> None:
    path, fields = typed(reader, subject="Look, {{ name }}", text="Somebody came: {{ when }}")
    assert reader.http.post(path, data=fields).status_code == 303
    with world.database.reading() as session:
        assert session.scalars(select(MailText.subject)).all() == ["Look, {{ name }}"]
    posted(world, letter("a", provider_id=provider_id(world, "nordvik")))
    posted(world, letter("b", provider_id=provider_id(world, "sever")))
    own, foreign = (row.id for row in rows(world))
    assert "Somebody came: today" in reader.get(f"/outbox/{own}").text
    assert reader.get(f"/outbox/{foreign}").status_code == 404
    assert reader.send(f"{TEXT}/reset").status_code == 303
    with world.database.reading() as session:
        assert session.scalars(select(MailText)).all() == []


@ON_SQLITE
@pytest.mark.parametrize(
    "code", ["{{ 7*7 }}", "{% include 'frame.html' %}", "{{ config }}", "{{ link }}", "{{ name"]
)
def test_code_in_a_text_is_refused_with_what_is_allowed(
    world: World, reader: Visitor, code: str
) -> None:
    path, fields = typed(reader, text=f"Hello {code}")
    before = world.everything()
    answer = reader.http.post(path, data=fields)
    assert answer.status_code == 422
    assert "{{ name }}" in answer.text
    assert "49" not in answer.text.partition("Hello")[2].partition("</textarea>")[0]
    shown = reader.http.post(f"{TEXT}/preview", data=fields)
    assert "Hello" not in shown.text
    assert reader.http.post(f"{TEXT}/test", data=fields).status_code == 422
    assert world.everything() == before


@ON_SQLITE
@pytest.mark.parametrize(
    "line",
    [
        "https://foreign.example/?at={{ link }}",
        "{{ link }}.foreign.example",
        "{{ name }}{{link}} {{ link }}",
    ],
)
def test_a_one_time_link_is_made_part_of_no_other_address(
    world: World, reader: Visitor, line: str
) -> None:
    address = "/mail/nordvik/account.password_forgotten/en"
    path, fields = typed(reader, address, text=f"Hello\n{line}\nGoodbye")
    before = world.everything()
    answer = reader.http.post(path, data=fields)
    assert answer.status_code == 422
    assert "part of another address" in answer.text
    assert world.everything() == before
    path, fields = typed(reader, address, text="Hello\nHere: {{ link }}")
    assert reader.http.post(path, data=fields).status_code == 303


@ON_SQLITE
def test_a_text_is_previewed_as_it_is_typed_and_sent_to_oneself(
    world: World, reader: Visitor
) -> None:
    path, fields = typed(reader, subject="Typed\r\nBcc: x@example.com", text="Hello {{ name }} <b>")
    shown = reader.http.post(f"{TEXT}/preview", data=fields)
    assert (shown.status_code, "Hello" in shown.text, "<b>" in shown.text) == (200, True, False)
    assert reader.http.post(f"{TEXT}/test", data=fields).status_code == 200
    (row,) = rows(world)
    assert row.to == "georgi.dimitrov@nordvik.example"
    assert row.subject == "Typed Bcc: x@example.com"
    with world.database.reading() as session:
        assert session.scalars(select(MailText)).all() == []
    del path


@ON_SQLITE
def test_of_two_who_change_a_text_the_second_is_told(world: World, reader: Visitor) -> None:
    first, second = typed(reader, text="First"), typed(reader, text="Second")
    assert reader.http.post(first[0], data=first[1]).status_code == 303
    answer = reader.http.post(second[0], data=second[1])
    assert answer.status_code == 409
    assert "Second" in answer.text
    with world.database.reading() as session:
        assert session.scalars(select(MailText.text)).all() == ["First"]


@ON_SQLITE
def test_the_sender_of_another_provider_does_not_exist(world: World, reader: Visitor) -> None:
    path, fields = typed(
        reader, "/mail/nordvik", name="Nordvik\r\nBcc: x", reply_to="a@nordvik.example"
    )
    assert reader.http.post(path, data=fields).status_code == 303
    with world.database.reading() as session:
        (own,) = session.scalars(select(MailSender))
    assert (own.name, own.reply_to) == ("Nordvik Bcc: x", "a@nordvik.example")
    before = world.everything()
    assert reader.http.post("/mail/sever", data=fields).status_code == 404
    assert reader.get("/mail/sever").status_code == 404
    assert world.everything() == before


# --- what pages promise -------------------------------------------------------------------------


@ON_SQLITE
def test_18_pages_promise_mail_where_it_is_set_up_and_nowhere_else(
    world: World, app_with: Callable[..., Flask], visit: Visit
) -> None:
    world.change(User, {"login": "maria"}, email="maria@example.com")
    secret = visit("owner").secret() or ""
    staff_id = world.actor("maria").staff_id

    def pages(environ: dict[str, str]) -> str:
        visitor = Visitor(app_with(environ=environ).test_client())
        world.clock.at += timedelta(hours=1)
        asked = visitor.get("/forgot-password").text
        sent = visitor.send("/forgot-password", login="maria").text
        visitor.carry(secret)
        return asked + sent + visitor.get(f"/staff/{staff_id}").text

    without, with_mail = pages({}), pages(SMTP)
    for sentence in PROMISES:
        words = sentence.partition("%(")[0]
        assert words not in without
        assert words in with_mail


# --- personal data ------------------------------------------------------------------------------


def test_a_client_is_given_their_letters_and_they_are_forgotten_with_them(world: World) -> None:
    client_id = world.client_id("stoyanova")
    posted(world, letter("a", client_id=client_id), letter("b", "b@example.com"))
    with world.database.reading() as session:
        (one,) = LETTER_RECORDS.export(session, client_id)["letters"]
    assert one["to"] == "elena@stoyanova.example"
    assert "203.0.113.7" in one["text"]
    world.change(LetterRow, {"key": "a"}, state=LetterState.WAITING)
    with world.database.writing() as session:
        LETTER_RECORDS.erase(session, client_id, world.clock.now())
    mine, other = rows(world)
    assert (mine.kind, mine.state, mine.problem) == (
        "account.signed_in",
        LetterState.FAILED,
        "erased",
    )
    assert (mine.to, mine.values, mine.secrets, mine.text) == ("", {}, None, None)
    assert mine.posted_at == world.clock.now()
    assert other.to == "b@example.com"


def test_replies_that_nobody_got_are_listed_with_why(
    world: World, reader: Visitor, visit: Visit
) -> None:
    own, foreign = failed_letter(world, "own"), failed_letter(world, "foreign", "sever")
    for letter_id, sender in ((own, "mallory@evil.example"), (foreign, "eve@evil.example")):
        with world.database.writing() as session:
            row = session.get_one(LetterRow, letter_id)
            arrival = Arrival(f"{letter_id:064}", row, sender, "<b>Re: hello</b>")
            write_arrival(session, arrival, problem="other_sender", at=world.clock.now())
    page = reader.get("/outbox/answers").text
    assert "mallory@evil.example" in page
    assert "&lt;b&gt;Re: hello" in page
    assert "It came from another address" in page
    assert "eve@evil.example" not in page
    assert "eve@evil.example" in visit("owner").get("/outbox/answers").text
    assert visit("stoyanova").get("/outbox/answers").status_code == 403
    assert "/outbox/answers" in reader.get("/outbox").text


def test_what_is_known_of_replies_is_handed_out_and_forgotten(world: World) -> None:
    client_id = world.client_id("stoyanova")
    posted(world, letter("a", client_id=client_id, provider_id=provider_id(world, "nordvik")))
    with world.database.writing() as session:
        (row,) = session.scalars(select(LetterRow)).all()
        arrival = Arrival("a" * 64, row, "elena@private.example", "Re: hello")
        write_arrival(session, arrival, problem="other_sender", at=world.clock.now())
        (told,) = LETTER_RECORDS.export(session, client_id)["answers_by_mail"]
        assert (told["from"], told["state"]) == ("elena@private.example", "refused")
        LETTER_RECORDS.erase(session, client_id, world.clock.now())
        (told,) = LETTER_RECORDS.export(session, client_id)["answers_by_mail"]
        assert (told["from"], told["subject"]) == ("", "")
