"""Places orders when it is told to, by the shop's own call, in a process of the shop's Python.

Each line read says how many; the answer is a line of JSON: seconds by the clock and by the
processor, and statements, of all of them together. Nothing but the standard library is imported.
"""

import json
import sys
import time
from collections.abc import Callable

WARM_UP = 5


def answer(place: Callable[[], object], statements: Callable[[], int]) -> None:
    """``statements`` tells how many were sent so far. Ends with the input."""
    for _ in range(WARM_UP):
        place()
    told = sys.stdout
    # whatever the shop prints is not an answer
    sys.stdout = sys.stderr
    print("ready", file=told, flush=True)
    for line in sys.stdin:
        sent, begun, processor = statements(), time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            place()
        taken = {
            "seconds": time.perf_counter() - begun,
            "processor": time.process_time() - processor,
            "statements": statements() - sent,
        }
        print(json.dumps(taken), file=told, flush=True)
