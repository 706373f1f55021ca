"""``mail send`` and ``mail test``."""

from tests.cli.keyboard import Keyboard
from tests.cli.shell import Shell, Typed
from tests.http.engines import ON_SQLITE
from tests.mail_server import mail_server


@ON_SQLITE
def test_without_a_server_nothing_is_sent_and_trying_says_how_to_set_it_up(
    keyboard: Keyboard,
) -> None:
    sent = keyboard.type("mail", "send")
    assert (sent.exit_code, sent.stdout) == (0, "Nothing waits to be sent.\n")
    tried = keyboard.type("mail", "test", "a@example.com")
    assert tried.exit_code == 1
    assert "BILLING_PANEL_SMTP_URL" in tried.stderr


def test_a_letter_is_sent_straight_away_and_the_answer_printed(typed: Typed) -> None:
    # a process of its own: the browser tests leave a loop of asyncio in theirs
    shell = Shell(typed.home, typed.more)
    with mail_server() as server:
        server.refused.add("gone@example.com")
        env = {
            "BILLING_PANEL_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
            "BILLING_PANEL_MAIL_FROM": "billing@panel.example",
        }
        assert shell.run("mail", "test", "a@example.com", **env).lines == [
            "The mail server took it: Taken"
        ]
        told = shell.run("mail", "test", "gone@example.com", **env).refused()
        assert "550 No such user here" in told
        assert "can’t be sent to this" in shell.run("mail", "test", "nobody", **env).refused()
        # to everybody the demo has entered
        number = shell.run("mail", "send", "--json", **env).json()["sent"]
        assert number == len(server.got) - 1 > 0


def test_half_a_setup_is_refused_when_it_starts(typed: Typed) -> None:
    told = typed.run("mail", "send", BILLING_PANEL_MAIL_FROM="a@example.com").refused()
    assert "BILLING_PANEL_SMTP_URL" in told
