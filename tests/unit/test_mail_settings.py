"""How mail is set up, and what half a setup is told."""

from pathlib import Path

import pytest

from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.process.mail_settings import (
    MailServer,
    mail_is_set_up,
    mail_server,
    shows_mail,
)
from billing_panel.kernel.process.mailbox_settings import Mailbox, mailbox


def config(**environ: str) -> Config:
    named = {f"BILLING_PANEL_{name}": value for name, value in environ.items()}
    return Config(Path(), "sqlite://", "-", environ=named)


def test_a_server_is_read_from_its_address() -> None:
    url = "smtp://user%40x:p%3Aw@mail.example.com:587?starttls=1"
    assert mail_server(config(SMTP_URL=url, MAIL_FROM="billing@example.com")) == MailServer(
        host="mail.example.com",
        port=587,
        user="user@x",
        password="p:w",
        tls=False,
        starttls=True,
        sender="billing@example.com",
    )
    secure = mail_server(config(SMTP_URL="smtps://mail.example.com", MAIL_FROM="a@example.com"))
    assert secure is not None
    assert (secure.port, secure.tls, secure.user) == (465, True, None)


def test_the_address_may_stand_in_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    file = tmp_path / "smtp"
    file.write_text("smtp://mail.example.com\n")
    file.chmod(0o600)
    found = mail_server(config(SMTP_URL_FILE=str(file), MAIL_FROM="a@example.com"))
    assert found is not None
    assert found.host == "mail.example.com"


@pytest.mark.parametrize(
    ("url", "sender", "told"),
    [
        ("smtp://mail.example.com", "", "only the server is set"),
        ("", "a@example.com", "only the address is set"),
        ("smtp://mail.example.com", "Billing <a@example.com>", "MAIL_FROM is an address"),
        ("smtp://mail.example.com", "a@example.com\r\nBcc: b@example.com", "MAIL_FROM"),
        ("http://mail.example.com", "a@example.com", "smtp://"),
        ("smtp://", "a@example.com", "smtp://"),
        ("smtp://mail.example.com:port", "a@example.com", "host or port"),
        ("smtp://mail.example.com?tls=1", "a@example.com", "starttls"),
        ("smtp://user@mail.example.com", "a@example.com", "a user needs a password"),
        ("smtps://mail.example.com?starttls=1", "a@example.com", "without starttls"),
        ("smtp://user:secret@mail.example.com", "a@example.com", "starttls=1"),
    ],
)
def test_half_a_setup_is_refused_with_the_cure_and_without_the_password(
    url: str, sender: str, told: str
) -> None:
    given = {"SMTP_URL": url} if url else {}
    with pytest.raises(ConfigError, match=told) as refused:
        mail_server(config(**given, **({"MAIL_FROM": sender} if sender else {})))
    assert "secret" not in str(refused.value)


def test_a_password_goes_unencrypted_to_this_machine_alone() -> None:
    local = config(SMTP_URL="smtp://user:pw@127.0.0.1:2525", MAIL_FROM="a@example.com")
    assert mail_is_set_up(local)


def test_a_sandbox_without_a_server_shows_its_mail() -> None:
    assert shows_mail(config(SANDBOX="1"))
    assert mail_is_set_up(config(SANDBOX="1"))
    assert not mail_is_set_up(config())
    both = config(SANDBOX="1", SMTP_URL="smtp://localhost", MAIL_FROM="a@example.com")
    assert (shows_mail(both), mail_is_set_up(both)) == (False, True)


def test_a_mailbox_is_read_from_its_address() -> None:
    url = "imaps://replies:p%3Aw@mail.example.com/Answers%20here"
    found = mailbox(config(IMAP_URL=url, REPLY_ADDRESS="replies@example.com"))
    assert found == Mailbox(
        host="mail.example.com",
        port=993,
        user="replies",
        password="p:w",
        tls=True,
        starttls=False,
        folder="Answers here",
        address="replies@example.com",
    )
    assert "p:w" not in repr(found)
    later = mailbox(config(IMAP_URL="imap://a:b@[::1]:1143", REPLY_ADDRESS="r@example.com"))
    assert later is not None
    assert (later.port, later.folder, later.tls) == (1143, "INBOX", False)
    assert mailbox(config()) is None


@pytest.mark.parametrize(
    ("url", "address", "told"),
    [
        ("imaps://a:b@mail.example.com", "", "only the mailbox is set"),
        ("", "r@example.com", "only the address is set"),
        ("imaps://mail.example.com", "r@example.com", "imaps://user:password@"),
        ("imaps://a:b@mail.example.com", "r+x@example.com", "without a plus sign"),
        ("imaps://a:b@mail.example.com", "почта@example.com", "REPLY_ADDRESS"),
        ("imaps://a:b@mail.example.com", "R <r@example.com>", "REPLY_ADDRESS"),
        ("imap://a:secret@mail.example.com", "r@example.com", "starttls=1"),
        ("imaps://a:b@mail.example.com?starttls=1", "r@example.com", "without starttls"),
        ("smtp://a:b@mail.example.com", "r@example.com", "imaps://"),
    ],
)
def test_half_a_mailbox_is_refused(url: str, address: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        mailbox(config(IMAP_URL=url, REPLY_ADDRESS=address))
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)
