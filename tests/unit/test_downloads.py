"""The name of a file survives a header, in any alphabet (RFC 6266)."""

import pytest
from flask import Response

from billing_panel.web.shell.download_names import name_file


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("NH-2026-000001.pdf", "attachment; filename=NH-2026-000001.pdf"),
        ("СО-1.pdf", "attachment; filename=1.pdf; filename*=UTF-8''%D0%A1%D0%9E-1.pdf"),
        ("Größe.pdf", "attachment; filename=Groe.pdf; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf"),
        (
            "Счёт „май“.pdf",
            (
                "attachment; filename=file.pdf; filename*=UTF-8''"
                "%D0%A1%D1%87%D1%91%D1%82%20%E2%80%9E%D0%BC%D0%B0%D0%B9%E2%80%9C.pdf"
            ),
        ),
        (
            'Bill "May".pdf',
            "attachment; filename=\"Bill May.pdf\"; filename*=UTF-8''Bill%20%22May%22.pdf",
        ),
        ("Щ", "attachment; filename=file; filename*=UTF-8''%D0%A9"),
    ],
)
def test_a_name_is_ascii_and_stands_whole_beside_it(filename: str, header: str) -> None:
    named = name_file(Response(), filename)
    assert named.headers["Content-Disposition"] == header
    assert header.encode("ascii")


def test_a_name_cannot_end_its_header() -> None:
    header = name_file(Response(), 'a"\\; filename=b.exe').headers["Content-Disposition"]
    assert header.startswith('attachment; filename="a; filename=b.exe";')
    assert header.count("filename=") == 2
