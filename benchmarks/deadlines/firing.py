"""``python -m benchmarks.deadlines.firing URL MOMENT``: fire what is due, and say what it took."""

import resource
import sys
import time
from datetime import datetime

from billing_panel.accounts.access.load_actors import console
from billing_panel.core.plugins import all_functions, all_session_info, load_plugins
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.clock import FixedClock
from plugins.orders.deadlines.fire_deadlines import fire_deadlines


def main() -> None:
    url, moment = sys.argv[1:]
    plugins = load_plugins()
    database = Database(url, info=all_session_info(plugins))
    system = console(str(info.name) for info in all_functions(plugins))
    # whatever is made once is made now
    long_ago = FixedClock(datetime.fromisoformat("2000-01-01T00:00:00+00:00"))
    fire_deadlines(database, actor=system, clock=long_ago)
    before = _peak()
    begun = time.perf_counter()
    fired = fire_deadlines(database, actor=system, clock=FixedClock(datetime.fromisoformat(moment)))
    taken = time.perf_counter() - begun
    database.close()
    print(f"{fired.moved} in {taken:.1f} s, {before} KB, then {_peak()} KB")


def _peak() -> int:
    """The most memory this process has held so far, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
