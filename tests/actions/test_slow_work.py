"""Issue 11, R14: what is slow or waits for others is never done while a transaction writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template

from billing_panel.accounts.signing_in import passwords
from billing_panel.administration.clients import personal_data
from billing_panel.administration.providers import logos
from billing_panel.kernel.database.no_slow_work_while_writing import SlowWhileWriting, slow
from billing_panel.kernel.files import fonts
from billing_panel.web.sign_in import openid_pages, qr_picture
from invoices.printing import payment_qr_code, renderer, renderer_pool
from plugins.sandbox import sandbox_page
from tests.http.engines import ON_SQLITE
from tests.world import World

NOBODY: Any = None
SLOW: dict[str, Callable[[], object]] = {
    "judging and hashing a password": lambda: passwords.hash_password("correct horse battery"),
    "checking a password": lambda: passwords.verify(None, "x"),
    "hashing again": lambda: passwords.renewed("x", "x"),
    "decoding a picture": lambda: logos.as_png(b""),
    "packing a file": lambda: personal_data.as_zip(NOBODY),
    "making fonts": lambda: fonts.ensure_fonts(Path("nowhere")),
    "a QR code on a page": lambda: qr_picture.picture("x"),
    "a QR code on a document": lambda: payment_qr_code.qr_png("x"),
    "loading the printer": lambda: renderer_pool.renderer(Path("nowhere")),
    "drawing a document": lambda: renderer.Renderer._drawn(NOBODY, "", {}),
    "asking the provider of sign-in": openid_pages._ask,
    "hearing the provider of sign-in": openid_pages._subject,
    "reaching the panel by the sandbox": lambda: sandbox_page._deliver(
        "http://127.0.0.1:9", {}, b""
    ),
}


@pytest.mark.parametrize("work", SLOW.values(), ids=SLOW)
@ON_SQLITE
def test_r14_slow_work_is_refused_while_a_transaction_writes(
    world: World, work: Callable[[], object]
) -> None:
    with world.database.writing(), pytest.raises(SlowWhileWriting):
        work()


@ON_SQLITE
def test_r14_a_page_is_not_drawn_while_a_transaction_writes(app: Flask, world: World) -> None:
    with app.test_request_context("/"), world.database.writing(), pytest.raises(SlowWhileWriting):
        render_template("base.html")


@ON_SQLITE
def test_r14_it_is_taken_before_and_after_and_while_only_read(world: World) -> None:
    work = slow(lambda: "done")
    with world.database.writing():
        pass
    with world.database.reading():
        assert work() == "done"
    with pytest.raises(ZeroDivisionError), world.database.writing():
        _ = 1 / 0
    assert work() == "done"
