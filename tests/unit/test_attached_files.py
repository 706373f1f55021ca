"""Files that come with messages: what is taken, and what they are called."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from billing_panel.kernel.files.attached_files import (
    MAX_BYTES,
    MAX_FILES,
    MAX_NAME,
    plain_name,
    take_files,
)
from billing_panel.kernel.language.errors import Invalid

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


def archive() -> bytes:
    written = BytesIO()
    with ZipFile(written, "w") as packed:
        packed.writestr("a.txt", "a")
    return written.getvalue()


def code_of(name: str, content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        take_files([(name, content)])
    (error,) = refused.value.errors
    assert error.field == "files"
    return error.code


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.PNG", PNG, "image/png"),
        ("договор.pdf", b"%PDF-1.7 ", "application/pdf"),
        ("a.zip", archive(), "application/zip"),
        ("a.txt", "Здравейте".encode(), "text/plain"),
        ("a.csv", b"a;b\r\n1;2", "text/csv"),
    ],
)
def test_a_file_is_what_its_content_is(name: str, content: bytes, media_type: str) -> None:
    (taken,) = take_files([(name, content)])
    assert (taken.name, taken.media_type, taken.content) == (name, media_type, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<script>alert(1)</script>"),
        ("a.htm", b"<p>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.exe", b"MZ"),
        ("a", b"plain"),
        # they say to be what they are not
        ("a.png", b"<script>alert(1)</script>"),
        ("a.pdf", PNG),
        ("a.zip", b"not packed"),
        ("a.txt", b"\0\1\2"),
        ("a.txt", b"\xff\xfe"),
    ],
)
def test_no_other_type_is_taken_whatever_its_name_says(name: str, content: bytes) -> None:
    assert code_of(name, content) == "file_type"


def test_size_and_number_are_bounded() -> None:
    assert code_of("a.txt", b"a" * (MAX_BYTES + 1)) == "file_too_large"
    assert code_of("a.txt", b"") == "file_empty"
    with pytest.raises(Invalid) as refused:
        take_files([("a.txt", b"a")] * (MAX_FILES + 1))
    assert [error.code for error in refused.value.errors] == ["too_many_files"]
    assert len(take_files([("a.txt", b"a" * MAX_BYTES)] * MAX_FILES)) == MAX_FILES


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\anna\\bill.pdf", "bill.pdf"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("evil\u202efdp.txt", "evilfdp.txt"),
        ("..", "file"),
        (".txt", "txt"),
        ("  two   words .txt", "two words .txt"),
        ("\u2800.txt", "file.txt"),
    ],
)
def test_a_name_is_one_plain_name(sent: str, kept: str) -> None:
    assert plain_name(sent) == kept


def test_a_long_name_keeps_its_end() -> None:
    name = plain_name("a" * 500 + ".pdf")
    assert len(name) <= MAX_NAME
    assert name.endswith(".pdf")
