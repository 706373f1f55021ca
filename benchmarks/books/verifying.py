"""Adding the books up: all that ``ledger verify`` looks up, among very many postings."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.stopwatch import Pair
from benchmarks.populated.installation import Installation

ACCOUNTS = 1_000
ROUNDS = 3
# no account of the panel's own is in it: ISO 4217 keeps it for tests
CURRENCY = "XTS"
SERIES = (
    " WITH RECURSIVE series(n) AS"
    " (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n + 1 < {entries}) "
)
# the least there is to it: each posting is read once
FLOOR = "SELECT account_id, count(*), sum(amount) FROM posting GROUP BY account_id"


def measure(installation: Installation, postings: int) -> Iterator[Line]:
    with closing(installation.plain()) as plain:
        _write(plain, postings // 2)
        url = installation.panel.database.url.render_as_string(hide_password=False)
        panel, floor, peaks = [], [], (0, 0)
        for _ in range(ROUNDS):
            taken, peaks = _verify(url)
            panel.append(taken)
            begun = time.perf_counter()
            plain.rows(FLOOR)
            floor.append(time.perf_counter() - begun)
    title = f"ledger verify, {postings:,} postings"
    pair = Pair(median(panel), median(floor))
    yield Line.of_times(title, installation.name, pair)
    before, after = (f"{kilobytes // 1024} MB" for kilobytes in peaks)
    yield Line(f"{title}: peak of memory", installation.name, after, before, "", "")


def _verify(url: str) -> tuple[float, tuple[int, int]]:
    """Seconds, and the peaks of a process of its own before and after, in kilobytes."""
    command = [sys.executable, "-m", "benchmarks.books.adding_up", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    match = re.fullmatch(r"0 wrong, ([\d.]+) s, (\d+) KB, then (\d+) KB\n", said)
    assert match is not None, said
    return float(match[1]), (int(match[2]), int(match[3]))


def _write(plain: Plain, entries: int) -> None:
    """Each entry moves one unit from the provider to one of the accounts in turn."""
    provider = plain.value("SELECT id FROM provider WHERE key = 'nordvik'")
    first = plain.value("SELECT max(id) FROM ledger_account") + 1
    entry = plain.value("SELECT coalesce(max(id), 0) FROM ledger_entry") + 1
    posting = plain.value("SELECT coalesce(max(id), 0) FROM posting") + 1
    series = SERIES.format(entries=entries)
    each = entries // ACCOUNTS
    with plain.transaction(writes=True):
        plain.rows(
            "INSERT INTO ledger_account"
            " (id, provider_id, client_id, kind, currency, balance, floor)"
            + SERIES.format(entries=ACCOUNTS)
            + f"SELECT {first} + n, {provider}, (SELECT max(id) FROM client) - n, 'balance',"
            f" '{CURRENCY}', {each}, 0 FROM series"
        )
        plain.rows(
            "INSERT INTO ledger_account (id, provider_id, kind, currency, balance)"
            f" VALUES ({first + ACCOUNTS}, {provider}, 'opening', '{CURRENCY}', {-entries})"
        )
        plain.rows(
            "INSERT INTO ledger_entry (id, key, kind, subject_kind, subject_id, at, day, reason)"
            + series
            + f"SELECT {entry} + n, 'bench:' || n, 'opening', 'client', 1, '2026-01-01',"
            " '2026-01-01', ''"
            " FROM series"
        )
        for shift, account, amount, after in (
            (0, f"{first} + n - n / {ACCOUNTS} * {ACCOUNTS}", 1, f"n / {ACCOUNTS} + 1"),
            (1, f"{first + ACCOUNTS}", -1, "-n - 1"),
        ):
            plain.rows(
                "INSERT INTO posting (id, entry_id, account_id, amount, balance_after)"
                + series
                + f"SELECT {posting + shift} + 2 * n, {entry} + n, {account}, {amount}, {after}"
                " FROM series"
            )
    plain.rows("ANALYZE" if plain.is_sqlite else "VACUUM ANALYZE")
