"""Firing deadlines: orders nobody paid for expire, each in a transaction of its own."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.deadlines.deadlines_floor import Expiring
from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.statements import statements_of_both
from benchmarks.measuring.stopwatch import Pair
from benchmarks.populated.installation import Installation
from billing_panel.accounts.access.load_actors import console
from billing_panel.kernel.values.clock import FixedClock
from plugins.orders.deadlines.fire_deadlines import fire_deadlines

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
# Deadlines of one round are due at one moment; panel and floor have the rounds in turns.
ROUND = 250
ROUNDS = 8


def measure(installation: Installation, many: int) -> Iterator[Line]:
    with closing(installation.plain()) as plain:
        rounds = 2 * ROUNDS + 2
        _make_due(plain, [BEGUN + timedelta(hours=n) for n in range(rounds) for _ in range(ROUND)])
        floor = Expiring.of(plain)
        yield from _rates(installation, plain, floor)
        _make_due(plain, [BEGUN] * many)
    yield _memory(installation, many)


def _rates(installation: Installation, plain: Plain, floor: Expiring) -> Iterator[Line]:
    moments = (BEGUN + timedelta(hours=n) for n in range(2 * ROUNDS + 2))

    def panel_fires() -> None:
        fired = _fire(installation, next(moments))
        assert fired == ROUND

    def floor_fires() -> None:
        assert floor.fire(plain, next(moments)) == ROUND

    sent = statements_of_both(installation.panel.database.engine, panel_fires, plain, floor_fires)
    taken: dict[Callable[[], None], list[float]] = {panel_fires: [], floor_fires: []}
    for work in (panel_fires, floor_fires) * ROUNDS:
        begun = time.perf_counter()
        work()
        taken[work].append(time.perf_counter() - begun)
    pair = Pair(median(taken[panel_fires]) / ROUND, median(taken[floor_fires]) / ROUND)
    each = (sent[0] // ROUND, sent[1] // ROUND)
    yield Line.of_times("fire a deadline", installation.name, pair, each)
    yield Line.of_rates("fire deadlines, 1 worker", installation.name, pair.as_rates())


def _fire(installation: Installation, at: datetime) -> int:
    panel = installation.panel
    return fire_deadlines(panel.database, actor=console(panel.known), clock=FixedClock(at)).moved


def _memory(installation: Installation, many: int) -> Line:
    """Of a process that does nothing else; as floor the same process with nothing due."""
    url = installation.panel.database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "benchmarks.deadlines.firing", url, BEGUN.isoformat()]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    match = re.fullmatch(r"(\d+) in ([\d.]+) s, (\d+) KB, then (\d+) KB\n", said)
    assert match is not None, said
    assert int(match[1]) == many
    before, after = (int(kilobytes) // 1024 for kilobytes in match.groups()[2:])
    title = f"fire {many:,} in a row: peak of memory"
    return Line(title, installation.name, f"{after} MB", f"{before} MB", "", "")


def _make_due(plain: Plain, moments: list[datetime]) -> None:
    """As many of the newest orders as there are moments await payment, until then.

    Nothing of them was delivered: nobody paid for them.
    """
    awaiting = plain.value(
        "SELECT s.id FROM order_status s JOIN provider p ON p.id = s.provider_id"
        " WHERE p.key = 'nordvik' AND s.key = 'awaiting_payment'"
    )
    with plain.transaction(writes=True):
        newest = plain.rows(
            "SELECT id FROM orders WHERE status_id <> ? OR id NOT IN"
            " (SELECT order_id FROM order_deadline) ORDER BY id DESC LIMIT ?",
            (awaiting, len(moments)),
        )
        assert len(newest) == len(moments)
        held = plain.to_store({str(_counted(plain)): 1})
        for (order_id,), moment in zip(newest, moments, strict=True):
            plain.rows(
                "UPDATE orders SET status_id = ?, stage = 'new', paid = 0, held = ? WHERE id = ?",
                (awaiting, held, order_id),
            )
            plain.rows("UPDATE order_line SET delivered_at = NULL WHERE order_id = ?", (order_id,))
            plain.rows(
                "INSERT INTO order_deadline (order_id, due_at) VALUES (?, ?)",
                (order_id, plain.to_store(moment)),
            )


def _counted(plain: Plain) -> int:
    return int(plain.value("SELECT min(id) FROM tariff WHERE key = 'sfp-10g'"))
