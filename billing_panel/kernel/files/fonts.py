"""The fonts of documents and pages, made once from the variable Inter (OFL) of fontpkg-inter.

1. Documents: three static weights as TTF, because WeasyPrint decodes woff2 slowly. They carry every
   European alphabet and the Cyrillic of Asia, so that a name prints in one typeface.
2. Pages: one small variable woff2; what it lacks, a browser takes from the system.
3. No clock enters the files: the same versions of Inter and fontTools give the same bytes.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

import fontpkg_inter

from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.process.lazy_imports import Named

VARIABLE = Path(fontpkg_inter.ROOT, "files", "Inter[opsz,wght].ttf")
WEB_FONT = "inter-panel.woff2"
# file name: weight on the axis "wght"
DOCUMENT_FONTS = {"Inter-Regular.ttf": 400, "Inter-Medium.ttf": 500, "Inter-SemiBold.ttf": 600}

# in the notation of pyftsubset: Latin and Cyrillic of Europe, punctuation, currencies, arrows
WEB_CHARACTERS = (
    "20-7E,A0-17F,218-21B,2C6,2DA,2DC,400-45F,490-491,2010-2015,2018-201E,2020-2022,2026,2030,"
    "2039-203A,20AC,20BD,2116,2122,2190-2193,2212,2248,2264-2265,2318"
)
# adds the rest of Latin (Vietnamese too), accents, Greek, the Cyrillic of Asia, all currencies
DOCUMENT_CHARACTERS = WEB_CHARACTERS + (
    ",180-24F,300-36F,370-3FF,460-52F,1E00-1EFF,2000-206F,20A0-20BF,2150-215F,2200-2265,2713"
)


# fontTools are a fifth of what a process would hold, and needed once in an installation
WEB = Named[Callable[[Path, str], bytes]]("billing_panel.kernel.files.font_making:web_font")
STATIC = Named[Callable[[Path, str, dict[str, int]], Iterator[tuple[str, bytes]]]](
    "billing_panel.kernel.files.font_making:static_fonts"
)


@slow
def ensure_fonts(directory: Path) -> None:
    """Make the fonts that are missing in ``directory``, and the directory (about 9 s of CPU).

    Any number of processes may do it at once: each file appears whole, under its name, at once.
    Raises OSError where ``directory`` cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / WEB_FONT).exists():
        _put(directory / WEB_FONT, WEB()(VARIABLE, WEB_CHARACTERS))
    missing = {
        name: weight for name, weight in DOCUMENT_FONTS.items() if not (directory / name).exists()
    }
    if missing:
        for name, font in STATIC()(VARIABLE, DOCUMENT_CHARACTERS, missing):
            _put(directory / name, font)


def _put(path: Path, content: bytes) -> None:
    """Write ``path`` so that no reader, and no power cut, ever finds a part of it."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            # a temporary file is its owner's alone, a font may be read by the web server too
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
