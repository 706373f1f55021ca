"""The fonts of documents and pages, made once from the variable Inter (OFL) of fontpkg-inter.

1. Documents: three static weights as TTF, because WeasyPrint decodes woff2 slowly. They carry every
   European alphabet and the Cyrillic of Asia, so that a name prints in one typeface.
2. Pages: one small variable woff2; what it lacks, a browser takes from the system.
3. No clock enters the files: the same versions of Inter and fontTools give the same bytes.
"""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

import fontpkg_inter
from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from billing_panel.kernel.database.slow_work import slow

VARIABLE = Path(fontpkg_inter.ROOT, "files", "Inter[opsz,wght].ttf")
WEB_FONT = "inter-panel.woff2"
# the folder they are made in, to whoever draws in a session (``Session.info``)
FONTS = "fonts_dir"
# file name: weight on the axis "wght"
DOCUMENT_FONTS = {"Inter-Regular.ttf": 400, "Inter-Medium.ttf": 500, "Inter-SemiBold.ttf": 600}

# the optical size drawn for text; Inter's axis runs from here to 32, for headlines
TEXT_SIZE = 14

FEATURES = ("kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum", "zero", "case")

# in the notation of pyftsubset: Latin and Cyrillic of Europe, punctuation, currencies, arrows
WEB_CHARACTERS = (
    "20-7E,A0-17F,218-21B,2C6,2DA,2DC,400-45F,490-491,2010-2015,2018-201E,2020-2022,2026,2030,"
    "2039-203A,20AC,20BD,2116,2122,2190-2193,2212,2248,2264-2265,2318"
)
# adds the rest of Latin (Vietnamese too), accents, Greek, the Cyrillic of Asia, all currencies
DOCUMENT_CHARACTERS = WEB_CHARACTERS + (
    ",180-24F,300-36F,370-3FF,460-52F,1E00-1EFF,2000-206F,20A0-20BF,2150-215F,2200-2265,2713"
)


@slow
def ensure_fonts(directory: Path) -> None:
    """Make the fonts that are missing in ``directory``, and the directory (about 9 s of CPU).

    Any number of processes may do it at once: each file appears whole, under its name, at once.
    Raises OSError where ``directory`` cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / WEB_FONT).exists():
        _put(directory / WEB_FONT, _bytes_of(_subset(WEB_CHARACTERS), flavor="woff2"))
    missing = [name for name in DOCUMENT_FONTS if not (directory / name).exists()]
    if missing:
        for name, font in _static_fonts(missing):
            _put(directory / name, font)


def _static_fonts(names: list[str]) -> Iterator[tuple[str, bytes]]:
    variable = _bytes_of(_subset(DOCUMENT_CHARACTERS))
    for name in names:
        place = {"wght": DOCUMENT_FONTS[name], "opsz": TEXT_SIZE}
        font = TTFont(BytesIO(variable), recalcTimestamp=False)
        yield name, _bytes_of(instantiateVariableFont(font, place, updateFontNames=True))


def _subset(characters: str) -> TTFont:
    """The variable font with only ``characters``, and of its features only ``FEATURES``."""
    options = Options(layout_features=list(FEATURES))
    font = TTFont(VARIABLE, recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(characters))
    subsetter.subset(font)
    return font


def _bytes_of(font: TTFont, flavor: str | None = None) -> bytes:
    font.flavor = flavor
    file = BytesIO()
    font.save(file)
    return file.getvalue()


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
