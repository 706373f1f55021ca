"""Letters and the mail server: each arrives once, or is in the list of those that did not."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.extension.mail_kinds import Attachment
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.mail.letters import post
from billing_panel.mail.models import LetterRow, LetterState
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.sending.send_letters import send_letters
from billing_panel.mail.sending.smtp_session import Patience
from billing_panel.runtime.app import create_app
from tests.faults.server import free_port
from tests.letters import VALUES, letter, posted, rows, states
from tests.mail_server import MailServer, mail_server
from tests.world import World


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def world(config: Config, clock: FixedClock, server: MailServer) -> Iterator[World]:
    """A panel that sends its mail to the server."""
    environ = {
        "BILLING_PANEL_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
        "BILLING_PANEL_MAIL_FROM": "billing@panel.example",
    }
    app = create_app(replace(config, environ=environ), clock)
    panel = app.extensions[EXTENSION]
    yield World(panel, clock)
    panel.database.close()


def send(world: World, **patience: float) -> dict[str, int]:
    return dict(send_letters(world.database, world.clock, Patience(**patience)))


def later(world: World, **time: float) -> None:
    world.clock.at += timedelta(**time)


def test_the_same_key_is_one_letter_whoever_retries(world: World, server: MailServer) -> None:
    assert posted(world, letter("a"), letter("b"), letter("a")) == 2
    assert posted(world, letter("b"), letter("c")) == 1
    assert send(world) == {"sent": 3}
    assert send(world) == {}
    assert len(server.got) == 3
    assert states(world) == {"a": "sent", "b": "sent", "c": "sent"}


def test_a_transaction_that_fails_posts_nothing(world: World) -> None:
    def fail() -> None:
        with world.database.writing() as session:
            post(session, [letter("a")], at=world.clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert rows(world) == []


def test_a_letter_of_a_kind_nobody_declares_is_a_mistake_of_ours(world: World) -> None:
    with pytest.raises(ValueError, match="nobody declares"):
        posted(world, letter("a", kind="account.eaten"))
    with pytest.raises(ValueError, match="other placeholders"):
        posted(world, letter("a", values={"more": "x"}))
    assert rows(world) == []


def test_the_server_is_down_for_an_hour(world: World, server: MailServer) -> None:
    office: PostOffice = world.database.info[POST_OFFICE]  # type: ignore[assignment]
    assert office.server is not None
    up, port = office, free_port()
    down = replace(office, server=replace(office.server, port=port))
    world.database.info[POST_OFFICE] = down
    posted(world, letter("a"))
    tries = 0
    for _ in range(60):
        tries += sum(send(world).values())
        later(world, minutes=1)
    (row,) = rows(world)
    assert (row.state, row.problem, row.tries) == (LetterState.WAITING, "unreachable", tries)
    # 1, 5, 15 minutes and an hour: each wait longer than the one before
    assert tries == 4
    world.database.info[POST_OFFICE] = up
    later(world, hours=1)
    assert send(world) == {"sent": 1}
    assert server.to() == ["elena@stoyanova.example"]


def test_after_a_day_it_has_failed(world: World, server: MailServer) -> None:
    server.busy.add("elena@stoyanova.example")
    posted(world, letter("a"))
    for _ in range(30):
        send(world)
        later(world, hours=1)
    (row,) = rows(world)
    assert (row.state, row.problem) == (LetterState.FAILED, "put_off")
    assert row.answer == "451 Come back later"
    assert row.ended_at is not None
    assert row.ended_at - row.posted_at < timedelta(hours=26)
    assert server.got == []


def test_one_recipient_is_refused_and_the_others_get_theirs(
    world: World, server: MailServer
) -> None:
    server.refused.add("gone@example.com")
    posted(world, letter("a"), letter("b", "gone@example.com"), letter("c", "c@example.com"))
    assert send(world) == {"sent": 2, "failed": 1}
    assert states(world) == {"a": "sent", "b": "failed", "c": "sent"}
    later(world, days=2)
    assert send(world) == {}
    assert sorted(server.to()) == ["c@example.com", "elena@stoyanova.example"]


@pytest.mark.parametrize("taken_first", [False, True])
def test_a_connection_lost_after_the_text_began_is_never_repeated_by_itself(
    world: World, server: MailServer, *, taken_first: bool
) -> None:
    server.drops.add("elena@stoyanova.example")
    server.taken_first = taken_first
    posted(world, letter("a"), letter("b", "b@example.com"))
    assert send(world) == {"sent": 1, "uncertain": 1}
    later(world, days=1)
    assert send(world) == {}
    assert states(world) == {"a": "uncertain", "b": "sent"}
    assert server.to().count("elena@stoyanova.example") == taken_first


def test_a_slow_recipient_keeps_nobody_waiting(world: World, server: MailServer) -> None:
    """Of eight connections at most four are for one domain, and letters posted meanwhile go on."""
    slow = [f"{number}@slow.example" for number in range(20)]
    server.slow.update(slow)
    posted(world, *(letter(address, address) for address in slow))
    later(world, seconds=1)
    posted(world, letter("a"))
    with ThreadPoolExecutor() as beside:
        sending = beside.submit(send, world)
        assert server.asked_slow.wait(30)
        posted(world, letter("meanwhile", "b@example.com"))
        for _ in range(300):
            if {"elena@stoyanova.example", "b@example.com"} <= set(server.to()):
                break
            assert not server.go_on.wait(0.1)
        assert set(server.to()) == {"elena@stoyanova.example", "b@example.com"}
        server.go_on.set()
        assert sending.result(60) == {"sent": 22}


def test_a_letter_that_takes_too_long_is_put_off(world: World, server: MailServer) -> None:
    server.slow.add("slow@example.com")
    posted(world, letter("a", "slow@example.com"), letter("b"))
    assert send(world, letter=1) == {"sent": 1, "waiting": 1}
    assert [row.problem for row in rows(world)] == ["too_slow", None]


def test_two_workers_never_send_one_twice(world: World, server: MailServer) -> None:
    posted(world, *(letter(f"{number}", f"{number}@example.com") for number in range(30)))
    with ThreadPoolExecutor() as workers:
        ended = list(workers.map(lambda _: send(world), range(3)))
    assert sum(one.get("sent", 0) for one in ended) == 30
    assert sorted(server.to()) == sorted(f"{number}@example.com" for number in range(30))


def test_what_a_lost_worker_held_is_tried_again_and_what_it_was_handing_over_is_not(
    world: World, server: MailServer
) -> None:
    posted(world, letter("claimed"), letter("handing over"))
    until = world.clock.now() + timedelta(minutes=5)
    with world.database.writing() as session:
        held = {"claim": "of a lost worker", "claimed_until": until}
        session.execute(update(LetterRow).values(**held))
        going = update(LetterRow).filter_by(key="handing over")
        session.execute(going.values(state=LetterState.HANDING_OVER))
    assert send(world) == {}
    later(world, minutes=6)
    assert send(world) == {"sent": 1}
    assert states(world) == {"claimed": "sent", "handing over": "uncertain"}
    assert [row.problem for row in rows(world)] == [None, "worker_lost"]
    assert len(server.got) == 1


def test_a_secret_is_sealed_until_it_is_sent_and_then_forgotten(
    world: World, server: MailServer
) -> None:
    link = "http://127.0.0.1:8000/choose-password/of-elena"
    values = {name: VALUES[name] for name in ("name", "login", "firm")}
    one = replace(letter("a", kind="account.link_given"), values=values, secrets={"link": link})
    posted(world, one)
    assert "of-elena" not in str(world.everything()["letter"])
    assert send(world) == {"sent": 1}
    assert [row.secrets for row in rows(world)] == [None]
    assert link in server.mails()[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "of-elena" not in str(world.everything()["letter"])


def test_a_file_is_fetched_when_the_letter_is_sent(world: World, server: MailServer) -> None:
    office: PostOffice = world.database.info[POST_OFFICE]  # type: ignore[assignment]
    there = {("document", 7): Attachment("PF-7.pdf", "application/pdf", b"%PDF")}
    world.database.info[POST_OFFICE] = replace(
        office, attachment=lambda _database, noun, row_id: there.get((noun, row_id))
    )
    posted(world, letter("a", attachments=(("document", 7),)))
    posted(world, letter("b", attachments=(("document", 8),)))
    assert send(world) == {"sent": 1, "failed": 1}
    (mail,) = server.mails()
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("PF-7.pdf", b"%PDF")
    assert rows(world)[1].problem == "attachment_gone"


def test_an_address_that_is_none_fails_at_once(world: World, server: MailServer) -> None:
    posted(world, letter("a", "elena@stoyanova.example\r\nRCPT TO:<x@example.com>"))
    posted(world, letter("b", "nobody"), letter("c", f"{'x' * 400}@example.com"))
    assert send(world) == {"failed": 3}
    assert [row.problem for row in rows(world)] == ["bad_address"] * 3
    assert server.got == []


def test_names_in_other_letters_arrive_as_they_are(world: World, server: MailServer) -> None:
    posted(world, letter("a", "елена@пример.example"), letter("b", "office@пример.example"))
    assert send(world) == {"sent": 2}
    assert sorted(server.to()) == [
        "office@xn--e1afmkfd.example",
        "елена@xn--e1afmkfd.example",
    ]
