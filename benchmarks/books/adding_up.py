"""``python -m benchmarks.books.adding_up URL``: what ``ledger verify`` finds, and what it took."""

import resource
import sys
import time

from billing_panel.core.panel_checks import look_up
from billing_panel.kernel.database.database import Database
from billing_panel.ledger.ledger_checks import LEDGER_CHECKS, size


def main() -> None:
    database = Database(sys.argv[1])
    with database.snapshot() as session:
        # whatever is made once is made now
        size(session)
        before = _peak()
        begun = time.perf_counter()
        wrong = look_up(session, LEDGER_CHECKS)
        taken = time.perf_counter() - begun
    database.close()
    print(f"{len(wrong)} wrong, {taken:.2f} s, {before} KB, then {_peak()} KB")


def _peak() -> int:
    """The most memory this process has held so far, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
