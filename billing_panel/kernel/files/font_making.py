"""How fonts are made of a variable one, by fontTools."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

# the optical size drawn for text; Inter's axis runs from here to 32, for headlines
TEXT_SIZE = 14
FEATURES = ("kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum", "zero", "case")


def web_font(variable: Path, characters: str) -> bytes:
    """The variable font with only ``characters``, as browsers want it."""
    return _bytes_of(_subset(variable, characters), flavor="woff2")


def static_fonts(
    variable: Path, characters: str, weights: Mapping[str, int]
) -> Iterator[tuple[str, bytes]]:
    """For each name a font of its weight, with only ``characters``."""
    subset = _bytes_of(_subset(variable, characters))
    for name, weight in weights.items():
        place = {"wght": weight, "opsz": TEXT_SIZE}
        font = TTFont(BytesIO(subset), recalcTimestamp=False)
        yield name, _bytes_of(instantiateVariableFont(font, place, updateFontNames=True))


def glyphs(variable: Path, characters: str) -> frozenset[int]:
    """Those of ``characters``, by their code points, that the font has."""
    with TTFont(variable, lazy=True) as font:
        return frozenset(font.getBestCmap()) & frozenset(parse_unicodes(characters))


def _subset(variable: Path, characters: str) -> TTFont:
    """With only ``characters``, and of its features only ``FEATURES``."""
    options = Options(layout_features=list(FEATURES))
    font = TTFont(variable, recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(characters))
    subsetter.subset(font)
    return font


def _bytes_of(font: TTFont, flavor: str | None = None) -> bytes:
    font.flavor = flavor
    file = BytesIO()
    font.save(file)
    return file.getvalue()
