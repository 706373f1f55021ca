import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from billing_panel.kernel.files.fonts import DOCUMENT_FONTS, WEB_FONT, ensure_fonts

ALL_FONTS = {*DOCUMENT_FONTS, WEB_FONT}

# what an invoice in our three languages needs, and letters of names from elsewhere in Europe
OUR_SIGNS = "AZaz09 Щщ Ъъ Ёё № € ₽ £ $ «» „“ – — · − × …"
NAMES = "Größmann Đorđević Łódź Işık Ștefan Nguyễn Ωmega Қазақстан Ўзбек"


def characters(path: Path) -> set[str]:
    with TTFont(path) as font:
        return {chr(code) for code in font.getBestCmap()}


def test_all_fonts_are_made(fonts_dir: Path) -> None:
    assert {path.name for path in fonts_dir.iterdir()} == ALL_FONTS


@pytest.mark.parametrize("name", sorted(DOCUMENT_FONTS))
def test_document_fonts_are_static_and_write_our_languages(fonts_dir: Path, name: str) -> None:
    with TTFont(fonts_dir / name) as font:
        assert font.flavor is None
        assert "fvar" not in font
        assert font["OS/2"].usWeightClass == DOCUMENT_FONTS[name]
    assert not set(OUR_SIGNS + NAMES) - characters(fonts_dir / name)


def test_the_web_font_is_variable_and_small(fonts_dir: Path) -> None:
    with TTFont(fonts_dir / WEB_FONT) as font:
        assert font.flavor == "woff2"
        assert {axis.axisTag for axis in font["fvar"].axes} == {"wght", "opsz"}
    assert not set(OUR_SIGNS) - characters(fonts_dir / WEB_FONT)
    assert (fonts_dir / WEB_FONT).stat().st_size < 100_000


@pytest.mark.parametrize("name", sorted(ALL_FONTS))
def test_features_a_page_switches_on_are_kept(fonts_dir: Path, name: str) -> None:
    with TTFont(fonts_dir / name) as font:
        features = {
            record.FeatureTag
            for table in ("GSUB", "GPOS")
            for record in font[table].table.FeatureList.FeatureRecord
        }
    assert {"kern", "tnum", "locl", "case", "zero"} <= features


def test_what_is_there_is_left_alone(fonts_dir: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in fonts_dir.iterdir()}
    ensure_fonts(fonts_dir)
    assert {path.name: path.stat().st_mtime_ns for path in fonts_dir.iterdir()} == before


def test_two_processes_at_once_make_the_same_whole_file(fonts_dir: Path, tmp_path: Path) -> None:
    fonts = tmp_path / "fonts"
    shutil.copytree(fonts_dir, fonts)
    (fonts / WEB_FONT).unlink()
    program = (
        "import sys, pathlib; from billing_panel.kernel.files.fonts import ensure_fonts;"
        "ensure_fonts(pathlib.Path(sys.argv[1]))"
    )
    makers = [subprocess.Popen([sys.executable, "-c", program, str(fonts)]) for _ in range(2)]
    assert [maker.wait(timeout=120) for maker in makers] == [0, 0]
    assert {path.name for path in fonts.iterdir()} == ALL_FONTS
    assert (fonts / WEB_FONT).read_bytes() == (fonts_dir / WEB_FONT).read_bytes()


def test_a_directory_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        ensure_fonts(tmp_path / "file")
