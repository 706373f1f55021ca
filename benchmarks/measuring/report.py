"""What was measured, as a table to read."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measuring.stopwatch import Pair

HEAD = ("what", "database", "panel", "floor", "ratio", "statements: panel / floor")


@dataclass(frozen=True)
class Line:
    what: str
    database: str
    panel: str
    floor: str
    ratio: str
    statements: str

    @classmethod
    def of_times(
        cls, what: str, database: str, pair: Pair, statements: tuple[int, int] | None = None
    ) -> "Line":
        """``pair`` in seconds."""
        panel, floor = (f"{seconds * 1000:.2f} ms" for seconds in (pair.panel, pair.floor))
        sent = f"{statements[0]} / {statements[1]}" if statements else ""
        return cls(what, database, panel, floor, f"{pair.ratio:.1f}", sent)

    @classmethod
    def of_rates(cls, what: str, database: str, pair: Pair) -> "Line":
        """``pair`` in runs a second."""
        panel, floor = (f"{rate:.0f} / s" for rate in (pair.panel, pair.floor))
        return cls(what, database, panel, floor, f"{pair.ratio:.1f}", "")

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.what, self.database, self.panel, self.floor, self.ratio, self.statements)


def plain_table(lines: Sequence[Line]) -> str:
    rows = [HEAD, *(line.cells for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def markdown_table(lines: Sequence[Line]) -> str:
    return markdown_rows(HEAD, [line.cells for line in lines])


def markdown_rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Names stand to the left, what begins with a digit or a sign to the right."""
    sides = [_side(cell) for cell in (rows or [head])[0]]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, sides, *rows))


def _side(cell: str) -> str:
    return "---:" if cell[:1].isdigit() or cell[:1] in {"+", "-"} else "---"
