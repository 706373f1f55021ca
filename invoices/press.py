"""The renderer of this process: fonts and style sheet are read once."""

from functools import cache
from pathlib import Path

from invoices.render import Renderer


@cache
def renderer(fonts_dir: Path) -> Renderer:
    return Renderer(fonts_dir)
