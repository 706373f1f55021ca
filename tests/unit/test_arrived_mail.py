"""What is read in an e-mail: its words without the quotation, its files, who and what sent it."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from billing_panel.mail.answers.arrived_mail import MAX_WORDS, Unreadable, read_mail
from billing_panel.mail.answers.html_to_text import words_of
from billing_panel.mail.answers.unquoted_reply import reply_words
from billing_panel.mail.reply_address import ReplyBox

ANSWER = "Yes.\n\nTomorrow, please."
QUOTED = "> Shall we come?\n>\n> Nordvik\n"
BOX = ReplyBox("replies@panel.example", "k" * 40)


@pytest.mark.parametrize(
    "below",
    [
        QUOTED,
        f"On Mon, 23 Nov 2026 at 10:00 Nordvik <billing@panel.example> wrote:\n{QUOTED}",
        f"On Mon, 23 Nov 2026 at 10:00 Nordvik\n<billing@panel.example> wrote:\n\n{QUOTED}",
        f"пн, 23 нояб. 2026 г. в 10:00, Nordvik <billing@panel.example>:\n\n{QUOTED}",
        f"23.11.2026 10:00, Nordvik пишет:\n{QUOTED}",
        f"На пн, 23.11.2026 г. в 10:00 Nordvik <billing@panel.example> написа:\n\n{QUOTED}",
        f"Am 23.11.26 um 10:00 schrieb Nordvik:\n{QUOTED}",
        "-----Original Message-----\nFrom: Nordvik\nSent: Monday\nTo: me\n\nShall we come?",
        "-------- Препратено писмо --------\nОт: Nordvik\n\nShall we come?",
        "________________________________\nFrom: Nordvik\nSent: Monday\nTo: me\n\nShall we?",
        "От: Nordvik <a@b.example>\nОтправлено: сегодня\nКому: Елена\n\nShall we come?",
        "*From:* Nordvik\n*Sent:* Monday\n*To:* me\n\nShall we come?",
        "-- \nElena Stoyanova\n+359 88 555",
        "Sent from my iPhone",
        f"Изпратено от Samsung\n\nOn 1.1.2026 Nordvik wrote:\n{QUOTED}",
    ],
)
def test_what_is_quoted_below_an_answer_is_left_out(below: str) -> None:
    assert reply_words(f"{ANSWER}\n\n{below}") == ANSWER
    assert reply_words(f"{ANSWER}\n\n{below}".replace("\n", "\r\n")) == ANSWER


@pytest.mark.parametrize(
    "written",
    [
        "From: our side all is well",
        "Two things:\n- one\n- two",
        "> Shall we come?\nYes.\n> When?\nTomorrow.",
        "Thanks, that works. Also, please move it.",
        "Warning: the disk is full, mail stops.",
        "Best regards to everybody,\nand one question more: when?",
        "This is what it says:",
    ],
)
def test_what_may_be_an_answer_stays(written: str) -> None:
    assert reply_words(written) == written


@pytest.mark.parametrize("sign", ["On ", "\n", "> ", "From: ", "-", "_", "On x wrote:\n> ", "a:\n"])
def test_the_length_of_what_is_read_costs_no_more_than_its_length(sign: str) -> None:
    reply_words((sign * MAX_WORDS)[:MAX_WORDS])


def test_of_html_the_words_are_left_and_what_it_quotes_is_marked() -> None:
    html = (
        "<html><head><title>no</title><style>p {}</style></head><body><p>Yes.&nbsp;<b>Good</b></p>"
        "<script>alert(1)</script><ul><li>one<li>two</ul>"
        "<div>On 1.1.2026 Nordvik wrote:</div><blockquote><p>Shall we?</blockquote>"
    )
    assert reply_words(words_of(html)) == "Yes. Good\n- one\n- two"


def mail(body: str = ANSWER, charset: str = "utf-8", **headers: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    for name, value in {"From": "a@b.example", "To": "c@d.example", **headers}.items():
        made[name.replace("_", "-")] = value
    made.set_content(body, charset=charset)
    return made


@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "windows-1251", "iso-8859-5"])
def test_words_are_read_by_their_charset(charset: str) -> None:
    assert read_mail(mail("Здравейте", charset).as_bytes()).words == "Здравейте"


@pytest.mark.parametrize("charset", ["klingon", "utf-16", "idna", ""])
def test_a_charset_that_is_none_breaks_nothing(charset: str) -> None:
    content = (
        f'From: a@b.example\r\nContent-Type: text/plain; charset="{charset}"\r\n\r\nHello'
    ).encode()
    assert read_mail(content).sender == "a@b.example"


def test_html_is_read_where_there_is_no_plain_text() -> None:
    made = mail()
    made.set_content("<p>Yes</p>", subtype="html")
    assert read_mail(made.as_bytes()).words == "Yes"


def test_depth_without_end_is_unreadable_and_breaks_nothing() -> None:
    parts = b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n'
    with pytest.raises(Unreadable):
        read_mail(b"".join(parts % (n, n) for n in range(3000)))


def test_pictures_of_a_signature_are_no_files() -> None:
    made = mail()
    made.add_attachment(b"1", maintype="image", subtype="png", filename="a.png")
    made.add_attachment(b"2", maintype="image", subtype="png", cid="<l>", disposition="inline")
    assert read_mail(made.as_bytes()).files == [("a.png", b"1")]


def test_a_message_id_alone_does_not_make_two_mails_one() -> None:
    one, other = mail(Message_ID="<1@x>"), mail(Message_ID="<1@x>", From="mallory@evil.example")
    keys = [read_mail(made.as_bytes()).key for made in (one, one, other)]
    assert keys[0] == keys[1] != keys[2]


def test_the_address_of_a_letter_is_known_again_and_no_other() -> None:
    address = BOX.address_for(17)
    assert BOX.letter_in(["x@y.example", f" {address.upper()} "]) == 17
    name, _, domain = address.partition("@")
    for wrong in (
        address.replace("+17-", "+18-"),
        f"{name[:-1]}0@{domain}" if name[-1] != "0" else f"{name[:-1]}1@{domain}",
        f"{name}@evil.example",
        f"{name}.panel.example@evil.example",
        address.replace("+17-", "+017-"),
        address.replace("+17-", "+99999999999999999999-"),
        address.replace("+17-", "+١٧-"),
        "replies@panel.example",
        "",
    ):
        assert BOX.letter_in([wrong]) is None
    assert ReplyBox(BOX.address, "j" * 40).letter_in([address]) is None
    assert "kkkk" not in repr(BOX)


def html_mail(words: str) -> bytes:
    return b"From: a@x.example\nContent-Type: text/html\n\n" + words.encode()


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<![if !mso]>Yes<![endif]>", "Yes"),
        ("<![<![ Yes", "<![<![ Yes"),
        ("Yes<!-- a <b>c</b> -->!", "Yes!"),
        ("Yes<!-- no end", "Yes no end"),
        ("2 <3 <b>Yes</b>", "2 <3 Yes"),
        ("Yes" + "<a " * 100_000, None),
        ("Yes" + "<!--" * 100_000, None),
    ],
    ids=range(7),
)
def test_no_html_stops_its_reader(html: str, words: str | None) -> None:
    read = read_mail(html_mail(html)).words
    assert read.startswith("Yes") if words is None else read == words


def test_of_a_head_no_more_is_read_than_a_head_has() -> None:
    to = ", ".join(f"a{number}@x.example" for number in range(20_000))
    mail = read_mail(b"From: a@x.example\nTo: " + to.encode() + b"\n\nYes")
    assert mail.to[0] == "a0@x.example"
    assert len(mail.to) < 200
    many = b"".join(b"To: a%d@x.example\n" % number for number in range(20_000))
    assert len(read_mail(many + b"\nYes").to) < 200
    assert read_mail(b"To: " + b'"' * 1_000_000 + b"\n\nYes").words == "Yes"


def test_a_letter_of_more_parts_than_anybody_writes_is_not_read() -> None:
    parts = b"--b\n\nx\n" * 1_000
    with pytest.raises(Unreadable):
        read_mail(b"Content-Type: multipart/mixed; boundary=b\n\n" + parts)
