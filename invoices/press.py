"""The renderer of this process: fonts and style sheet are read once, at the first print."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from billing_panel.kernel.fonts import ensure_fonts
from billing_panel.kernel.slow import slow

if TYPE_CHECKING:
    from invoices.render import Renderer


@slow
@cache
def renderer(fonts_dir: Path) -> "Renderer":
    # WeasyPrint and Pango take half a second to load: commands that print nothing go without
    from invoices.render import Renderer  # noqa: PLC0415

    ensure_fonts(fonts_dir)
    return Renderer(fonts_dir)
