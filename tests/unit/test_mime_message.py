"""A letter's headers and parts."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from billing_panel.kernel.extension.mail_kinds import Attachment
from billing_panel.mail.sending.mime_message import (
    BadAddress,
    Envelope,
    Headers,
    message,
    wire_address,
)
from billing_panel.mail.writing.senders import Sender
from billing_panel.mail.writing.written_letter import WrittenLetter

HEADERS = Headers(7, "key-7", "order.placed", "order-17", "bg", datetime(2026, 11, 22, tzinfo=UTC))


def written(**more: Any) -> WrittenLetter:
    usual: dict[str, Any] = {
        "subject": "Поръчка 17",
        "text": "Здравейте\n",
        "html": "<p>Здравейте</p>",
        "sender": Sender("Север, „Облако“", "help@sever.example"),
        "settings": "",
    }
    return WrittenLetter(**{**usual, **more})


def made(
    to: str = "a@example.com", *, headers: Headers = HEADERS, **more: Any
) -> tuple[Envelope, EmailMessage]:
    attachments = more.pop("attachments", ())
    envelope, content = message(
        written(**more),
        headers,
        to=to,
        mail_from="billing@panel.example",
        public_url=more.pop("public_url", "https://panel.example.com"),
        attachments=attachments,
    )
    return envelope, message_from_bytes(content, policy=default)


def test_the_headers_say_who_writes_and_that_nobody_did() -> None:
    envelope, mail = made()
    assert envelope == Envelope("billing@panel.example", "a@example.com", international=False)
    assert mail["From"].addresses[0].display_name == "Север, „Облако“"
    assert mail["From"].addresses[0].addr_spec == "billing@panel.example"
    assert mail["Reply-To"] == "help@sever.example"
    assert mail["Subject"] == "Поръчка 17"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == HEADERS.at
    assert "List-Unsubscribe" not in mail


def test_a_thread_holds_together_and_a_letter_is_the_same_however_often_it_is_sent() -> None:
    first, again = made()[1], made()[1]
    other = made(headers=Headers(8, "key-8", "order.moved", "order-17", "bg", HEADERS.at))[1]
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert str(first["Message-ID"]).endswith("@panel.example.com>")
    assert first["References"] == other["References"] == first["In-Reply-To"]


def test_text_and_html_are_alternatives_and_files_stand_beside_them() -> None:
    _, mail = made(attachments=[Attachment("Фактура.pdf", "application/pdf", b"%PDF")])
    (alternatives, file) = list(mail.iter_parts())
    assert alternatives.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in alternatives.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    assert (file.get_filename(), file.get_content()) == ("Фактура.pdf", b"%PDF")


def test_what_can_be_switched_off_says_where() -> None:
    _, mail = made(settings="https://panel.example.com/account/notices")
    assert mail["List-Unsubscribe"] == "<https://panel.example.com/account/notices>"
    assert mail["List-ID"] == "<order.placed.panel.example.com>"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_nothing_typed_becomes_a_header(end: str) -> None:
    evil = f"x{end}Bcc: all@example.com{end}{end}<h1>"
    _, mail = made(subject=evil, sender=Sender(evil, evil))
    assert mail["Bcc"] is None
    assert "Reply-To" not in mail
    with pytest.raises(BadAddress):
        made(f"a@example.com{end}Bcc: all@example.com")


def test_domains_are_written_as_mail_knows_them() -> None:
    assert wire_address("office@пример.example") == "office@xn--e1afmkfd.example"
    envelope, _ = made("елена@пример.example")
    assert envelope.international
    for none in ("", "a", "@b.example", "a@", "a b@example.com", "a@exa mple.com", "a@\x00.b"):
        with pytest.raises(BadAddress):
            wire_address(none)
