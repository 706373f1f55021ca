"""What people wrote is no formula in a spreadsheet; amounts are numbers there (R8)."""

import csv
from io import StringIO

import pytest

from billing_panel.kernel.files.csv_rows import csv_rows, harmless
from billing_panel.kernel.values.money import Money

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−"
PARTED = ("", ";", "a;", "a; ", "a\t", "a,", "a\n", "a\r\n", 'a;"', "a;\u00a0", "\ufeff", "a\u2028")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", PARTED)
def test_r8_a_sign_where_a_cell_may_begin_gets_an_apostrophe(before: str, sign: str) -> None:
    assert harmless(f"{before}{sign}cmd|' /C calc'!A0") == f"{before}'{sign}cmd|' /C calc'!A0"


@pytest.mark.parametrize("words", ["", "a = b", "a-b", "1+1", "me@example.com", "no; yes", "a;'=b"])
def test_other_words_stay_what_they_are(words: str) -> None:
    assert harmless(words) == words


def test_a_cell_led_by_a_tab_or_a_line_end_gets_one_too() -> None:
    assert [harmless("\ta"), harmless("\ra")] == ["'\ta", "'\ra"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_r8_whatever_separates_cells_none_is_a_formula(separator: str) -> None:
    """Read as spreadsheets in other languages do, which heed no quotes within a cell."""
    written = csv_rows([["no;=cmd", "a\t＝cmd", "=cmd", 'x;"=cmd"', "line\n@cmd"]])
    cells = [cell for row in csv.reader(StringIO(written), delimiter=separator) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(' "').startswith(tuple(SIGNS))]


def test_negative_amounts_and_numbers_stay_numbers() -> None:
    assert csv_rows([[Money(-500, "EUR"), -5, "-5"]]) == "-5.00,-5,'-5\r\n"
