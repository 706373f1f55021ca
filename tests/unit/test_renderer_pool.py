"""R11: drawings are made in processes of their own, which end without taking the server along."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing_panel.kernel.language.errors import Busy, Refused
from invoices.document import Document, Pictures
from invoices.printing.renderer import Renderer, RenderError
from invoices.printing.renderer_pool import _pdf, _renderer, _RendererPool

pytestmark = pytest.mark.slow


@pytest.fixture
def pool(fonts_dir: Path) -> Iterator[_RendererPool]:
    pool = _RendererPool(fonts_dir)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def running_press(fonts_dir: Path) -> Iterator[_RendererPool]:
    """To load what draws takes seconds: tests that only draw share it."""
    pool = _RendererPool(fonts_dir)
    yield pool
    pool.close()


def process(_fonts_dir: Path) -> bytes:
    return str(os.getpid()).encode()


def dies(_fonts_dir: Path) -> bytes:
    os._exit(1)


def never_ends(_fonts_dir: Path) -> bytes:
    while True:
        pass


def test_r11_a_document_is_drawn_elsewhere_to_the_same_bytes(
    running_press: _RendererPool, renderer: Renderer, euro_document: Document
) -> None:
    assert running_press.drawn(_pdf, euro_document, Pictures()) == renderer.pdf(euro_document)
    assert int(running_press.drawn(process)) != os.getpid()


def test_r11_what_cannot_be_drawn_is_told_as_by_the_renderer(
    running_press: _RendererPool, euro_document: Document
) -> None:
    with pytest.raises(RenderError):
        running_press.drawn(_pdf, euro_document, Pictures(b"no picture"))


def test_r11_a_process_that_dies_is_replaced(running_press: _RendererPool) -> None:
    with pytest.raises(Busy):
        running_press.drawn(dies)
    assert running_press.drawn(process)


def test_r11_a_drawing_that_does_not_end_is_ended(fonts_dir: Path) -> None:
    pool = _RendererPool(fonts_dir, seconds=0.1)
    with pytest.raises(Refused) as refusal:
        pool.drawn(never_ends)
    assert refusal.value.code == "takes_too_long"
    pool.close()


def loaded(_fonts_dir: Path) -> bytes:
    """How many renderers the process has."""
    return str(_renderer.cache_info().currsize).encode()


def test_r11_what_draws_is_loaded_before_the_first_print(pool: _RendererPool) -> None:
    assert pool.drawn(loaded) == b"0"
    pool.warm()
    assert b"1" in {pool.drawn(loaded) for _ in range(8)}
