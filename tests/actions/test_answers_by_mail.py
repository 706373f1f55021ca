"""Answers by mail against a real mail server and a real mailbox: they land in the dialogue, once.

What is no answer of the person it was written to does nothing; who answered in vain is seen.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select, update

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.mail.answers.mailbox_session import MAX_BYTES
from billing_panel.mail.answers.reply_outcomes import MOST_A_DAY, MOST_LISTED, refused_answers
from billing_panel.mail.answers.take_in_replies import take_answers
from billing_panel.mail.models import LetterRow, LetterState, MailArrival
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.sending.send_letters import send_letters
from billing_panel.runtime.app import create_app
from plugins.messages.correspondence.write_message import Topic, WriteMessage, write_message
from plugins.messages.store.count_messages import pills_of
from plugins.messages.store.models import Attachment, Dialogue, Message, Side
from tests.imap_server import ImapServer, imap_server
from tests.mail_server import MailServer, mail_server
from tests.notices import Telling
from tests.world import World, hold_only, line

CLIENT, ADDRESS = "stoyanova", "elena@stoyanova.example"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
Reply = Callable[..., EmailMessage]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[ImapServer]:
    with imap_server() as running:
        yield running


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def world(
    config: Config, clock: FixedClock, server: MailServer, mailbox: ImapServer
) -> Iterator[World]:
    """A panel that sends its mail to the server, and reads answers in the mailbox."""
    environ = {
        "BILLING_PANEL_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
        "BILLING_PANEL_MAIL_FROM": "billing@panel.example",
        "BILLING_PANEL_IMAP_URL": mailbox.url,
        "BILLING_PANEL_REPLY_ADDRESS": "replies@panel.example",
    }
    with mailbox.open() as box:
        box.delete(box.uids())
    app = create_app(replace(config, environ=environ), clock)
    panel = app.extensions[EXTENSION]
    yield World(panel, clock)
    panel.database.close()


@pytest.fixture
def order_id(world: World) -> int:
    Telling(world).give_address(CLIENT, ADDRESS)
    (order,) = world.place("maria", world.order(CLIENT, line("web-start", "1 month")))
    return order.id


@pytest.fixture
def letter(world: World, server: MailServer, order_id: int) -> EmailMessage:
    """What the client got when staff wrote to them about the order."""
    telling = Telling(world)
    telling.follow()
    send_letters(world.database, world.clock)
    server.got.clear()
    with world.database.writing() as session:
        command = WriteMessage(Topic(order_id=order_id), "Which domain is it for?")
        write_message(session, command, actor=world.actor("maria"), clock=world.clock)
    telling.follow()
    send_letters(world.database, world.clock)
    (found,) = (mail for mail in server.mails() if ADDRESS in mail["To"])
    return found


@pytest.fixture
def reply(letter: EmailMessage) -> Reply:
    """``reply("words", From=…)``: an answer to the letter, with other headers."""

    def write(words: str = "It is for example.com", **headers: str) -> EmailMessage:
        mail = EmailMessage()
        usual = {
            "From": f"Elena <{ADDRESS}>",
            "To": str(letter["Reply-To"]),
            "Subject": f"Re: {letter['Subject']}",
            "In-Reply-To": str(letter["Message-ID"]),
            "Message-ID": "<1@stoyanova.example>",
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {**usual, **named}.items():
            mail[name] = value
        mail.set_content(words)
        return mail

    return write


def take(world: World) -> dict[str, int]:
    return dict(take_answers(world.database, console(world.panel.known), world.clock))


def said(world: World, side: Side = Side.CLIENT) -> list[str]:
    with world.database.reading() as session:
        written = select(Message.text).where(Message.side == side, Message.text != "")
        return [*session.scalars(written.order_by(Message.id))]


def refused(world: World, login: str = "owner") -> list[str]:
    with world.database.reading() as session:
        lines = refused_answers(session, world.actor(login), before=0, limit=50)
    return [str(one.problem) for one in lines]


def test_an_answer_by_mail_is_in_the_dialogue_as_if_written_there(
    world: World, mailbox: ImapServer, reply: Reply, order_id: int
) -> None:
    words = "It is for *example.com* <b>x</b>\n\nOn 22 November Nordvik wrote:\n> Which domain?\n"
    mailbox.deliver(reply(words))
    assert take(world) == {"taken": 1}
    assert said(world) == ["It is for *example.com* <b>x</b>"]
    with world.database.reading() as session:
        message = session.scalars(select(Message).where(Message.text.startswith("It is"))).one()
        dialogue = session.get_one(Dialogue, message.dialogue_id)
        assert (dialogue.order_id, message.side, message.internal) == (order_id, Side.CLIENT, False)
        assert message.user_id == world.actor(CLIENT).user_id
        pills = pills_of(session, world.actor("maria"), dialogue.client_id, dialogue.provider_id)
        assert (pills.new, pills.all) == (1, 2)
    Telling(world).follow()
    assert Telling(world).screens("maria")[-1] == "message.arrived"
    assert (mailbox.unread(), refused(world)) == (0, [])


def test_it_is_taken_once_though_it_is_read_twice(
    world: World, mailbox: ImapServer, reply: Reply
) -> None:
    mailbox.deliver(reply(), reply())
    assert take(world) == {"taken": 1, "known": 1}
    mailbox.forget_what_was_read()
    assert take(world) == {"known": 2}
    assert said(world) == ["It is for example.com"]


def test_one_that_could_not_be_written_down_is_taken_the_next_time(
    world: World, mailbox: ImapServer, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between reading and the commit: it is unread still."""
    mailbox.deliver(reply())
    office: PostOffice = world.database.info[POST_OFFICE]  # type: ignore[assignment]

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(world.database.info, POST_OFFICE, replace(office, answer=crash))
    with pytest.raises(KeyboardInterrupt):
        take(world)
    assert (said(world), mailbox.unread()) == ([], 1)
    monkeypatch.setitem(world.database.info, POST_OFFICE, office)
    assert take(world) == {"taken": 1}


def test_the_address_of_a_client_speaks_for_the_client(
    world: World, server: MailServer, mailbox: ImapServer
) -> None:
    world.place("maria", world.order(CLIENT, line("web-start", "1 month")))
    telling = Telling(world)
    telling.give_address(CLIENT, "")
    telling.give_client(CLIENT, email="Office@Stoyanova.example")
    telling.follow()
    send_letters(world.database, world.clock)
    letter = next(mail for mail in server.mails() if "office" in str(mail["To"]).lower())
    mail = EmailMessage()
    mail["From"], mail["To"] = "OFFICE@stoyanova.example", letter["Reply-To"].upper()
    mail.set_content("Thank you")
    mailbox.deliver(mail)
    assert take(world) == {"taken": 1}
    with world.database.reading() as session:
        message = session.scalars(select(Message).where(Message.text == "Thank you")).one()
        assert (message.user_id, message.side) == (None, Side.CLIENT)


FORGERIES: list[tuple[dict[str, str], dict[str, int], list[str]]] = [
    # without the address of the letter: only the sender's is known
    ({"To": "replies@panel.example"}, {"ignored": 1}, []),
    ({"To": "replies+1-00000000000000000000@panel.example"}, {"ignored": 1}, []),
    ({"From": "mallory@evil.example"}, {"other_sender": 1}, ["It came from another address"]),
    ({"From": f"{ADDRESS}, mallory@evil.example"}, {"other_sender": 1}, ["It came from another"]),
    (
        {"Authentication_Results": "mx.example; dmarc=fail header.from=x"},
        {"forged": 1},
        ["The mail server says"],
    ),
]


@pytest.mark.parametrize(("headers", "ended", "told"), FORGERIES)
def test_a_forgery_writes_nothing(
    world: World,
    mailbox: ImapServer,
    reply: Reply,
    headers: dict[str, str],
    ended: dict[str, int],
    told: list[str],
) -> None:
    mailbox.deliver(reply(**headers))
    assert take(world) == ended
    assert said(world) == []
    assert [one.startswith(why) for one, why in zip(refused(world), told, strict=True)] == [
        True for _ in told
    ]


MACHINES = [
    {"Auto_Submitted": "auto-replied"},
    {"Precedence": "bulk"},
    {"X_Auto_Response_Suppress": "All"},
    {"Return_Path": "<>"},
    {"List_Id": "<announce.example>"},
]


@pytest.mark.parametrize("headers", MACHINES)
def test_what_no_person_wrote_is_neither_taken_nor_told_of(
    world: World, mailbox: ImapServer, reply: Reply, headers: dict[str, str]
) -> None:
    before = world.everything()
    mailbox.deliver(reply(**headers))
    assert take(world) == {"ignored": 1}
    assert (world.everything(), mailbox.unread()) == (before, 0)


def test_a_letter_of_ours_that_comes_back_to_us_starts_no_loop(
    world: World, mailbox: ImapServer, letter: EmailMessage
) -> None:
    del letter["To"]
    letter["To"] = letter["Reply-To"]
    before = world.everything()
    mailbox.deliver(letter)
    assert take(world) == {"ignored": 1}
    assert world.everything() == before


def test_a_letter_that_could_not_be_delivered_is_among_those_that_failed(
    world: World, mailbox: ImapServer, server: MailServer, letter: EmailMessage
) -> None:
    assert letter["From"] == "Nordvik Hosting <billing@panel.example>"
    sender = next(one.mail_from for one in server.got if one.rcpt_tos == [ADDRESS])
    bounce = (
        f"From: MAILER-DAEMON@mx.example\nTo: {sender}\nReturn-Path: <>\n"
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {ADDRESS}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user\n\n--b--\n"
    ).replace("\n", "\r\n")
    delayed = bounce.replace("Action: failed", "Action: delayed")
    mailbox.deliver(delayed.encode(), bounce.encode())
    assert take(world) == {"ignored": 1, "bounced": 1}
    with world.database.reading() as session:
        row = session.scalars(select(LetterRow).filter_by(problem="bounced")).one()
        assert (row.state, row.to) == (LetterState.FAILED, ADDRESS)
        assert row.answer == "550 5.1.1 No such user"
    assert said(world) == []


def disable(world: World) -> None:
    world.change(User, {"login": CLIENT}, disabled_at=world.clock.now())


def only_look(world: World) -> None:
    with world.database.writing() as session:
        found = select(User.id).filter_by(login=CLIENT).scalar_subquery()
        session.execute(
            update(ClientUser).where(ClientUser.user_id == found).values(role=ClientRole.VIEWER)
        )


def move_address(world: World) -> None:
    Telling(world).give_address(CLIENT, "new@stoyanova.example")


@pytest.mark.parametrize("change", [disable, only_look, move_address])
def test_who_may_not_write_there_any_more_writes_nothing_by_mail(
    world: World, mailbox: ImapServer, reply: Reply, change: Callable[[World], None]
) -> None:
    change(world)
    mailbox.deliver(reply())
    assert take(world) == {"not_allowed": 1}
    assert said(world) == []
    assert refused(world) == ["Whoever sent it may no longer write there."]


def test_nothing_is_written_to_a_client_who_was_forgotten(
    world: World, mailbox: ImapServer, reply: Reply
) -> None:
    world.change(Client, {"login": CLIENT}, erased_at=world.clock.now())
    mailbox.deliver(reply())
    assert take(world) == {"gone": 1}
    assert said(world) == []


def test_an_answer_in_vain_is_seen_by_staff_of_that_provider(
    world: World, mailbox: ImapServer, reply: Reply
) -> None:
    hold_only(world, "maria", "mail:letter:read")
    hold_only(world, "olga", "mail:letter:read")
    mailbox.deliver(reply(From="mallory@evil.example"))
    take(world)
    assert len(refused(world, "maria")) == 1
    assert refused(world, "olga") == []


def test_files_come_along_and_those_that_may_not_are_named(
    world: World, mailbox: ImapServer, reply: Reply
) -> None:
    mail = reply("See here")
    mail.add_attachment(PNG, maintype="image", subtype="png", filename="../../shot.png")
    mail.add_attachment(b"<script>", maintype="text", subtype="html", filename="a.html")
    mail.add_attachment(b"<svg/>", maintype="image", subtype="svg+xml", filename="b.svg")
    mailbox.deliver(mail)
    assert take(world) == {"taken": 1}
    with world.database.reading() as session:
        files = session.execute(select(Attachment.name, Attachment.media_type)).all()
    assert [tuple(one) for one in files] == [("shot.png", "image/png")]
    (written,) = said(world)
    assert written.startswith("See here\n\n")
    assert "a.html" in written
    assert "b.svg" in written


def test_what_is_too_large_is_not_even_fetched(
    world: World, mailbox: ImapServer, reply: Reply
) -> None:
    mail = reply("Big")
    mail.add_attachment(b"\0" * MAX_BYTES, maintype="image", subtype="png", filename="a.png")
    mailbox.deliver(mail)
    assert take(world) == {"too_large": 1}
    assert refused(world) == ["It is too large; files of 10 MB in all can be sent."]


def test_an_answer_without_words_is_refused(
    world: World, mailbox: ImapServer, reply: Reply
) -> None:
    mailbox.deliver(reply("\n> Which domain is it for?\n"))
    assert take(world) == {"empty": 1}
    assert said(world) == []


def test_a_machine_that_hides_is_stopped_after_some_answers(
    world: World, mailbox: ImapServer, reply: Reply
) -> None:
    mailbox.deliver(*(reply("Hello", Message_ID=f"<{n}@x.example>") for n in range(MOST_A_DAY + 2)))
    assert take(world) == {"taken": MOST_A_DAY, "too_many": 2}
    world.clock.at += timedelta(days=1, minutes=1)
    mailbox.deliver(reply("Once more", Message_ID="<more@x.example>"))
    assert take(world) == {"taken": 1}


def test_of_answers_in_vain_to_one_letter_no_more_are_listed_than_anybody_reads(
    world: World, mailbox: ImapServer, reply: Reply
) -> None:
    lies = (reply(From="mallory@evil.example", Message_ID=f"<{n}@x.example>") for n in range(65))
    mailbox.deliver(*lies)
    assert take(world) == {"other_sender": 65}
    with world.database.reading() as session:
        assert len(session.scalars(select(MailArrival.id)).all()) == MOST_LISTED
    assert mailbox.unread() == 0


BROKEN: list[Any] = [
    b"",
    b"\xff\xfe\x00garbage",
    b"Content-Type: text/html\r\n\r\n<![<![",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/a\r\n\r\n",
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_one_that_is_broken_keeps_no_other_from_being_taken(
    world: World, mailbox: ImapServer, reply: Reply, content: bytes
) -> None:
    to = str(reply()["To"]).encode()
    head = b"From: %s\r\nTo: %s\r\n" % (ADDRESS.encode(), to)
    mailbox.deliver(head + content, reply())
    take(world)
    assert said(world)[-1] == "It is for example.com"
    assert mailbox.unread() == 0
