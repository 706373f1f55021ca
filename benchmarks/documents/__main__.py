"""``python -m benchmarks.documents``: what drawing an invoice costs, beside others.

Processor time in milliseconds, the best of the rounds: warm in a process that has drawn before;
cold in a new one, with all that it loads. In bulk, documents go through the panel's two drawing
processes, as the worker has them drawn.
"""

import subprocess
import sys
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from resource import RUSAGE_CHILDREN, getrusage

from benchmarks.documents.others import FONTS, Draw, others
from benchmarks.documents.sample_invoices import invoice
from billing_panel.kernel.files.fonts import ensure_fonts
from invoices.printing.renderer_pool import PROCESSES, drawing_for_letters, renderer

LINES = (1, 20, 100)
ROUNDS = 7
COLD = """
import sys, time
from benchmarks.documents.others import FONTS
from benchmarks.documents.sample_invoices import invoice
from invoices.printing.renderer_pool import renderer
renderer(FONTS).pdf(invoice(int(sys.argv[1])))
print(time.process_time())
"""


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.documents", description=__doc__)
    parser.add_argument("--bulk", type=int, default=1000, help="documents drawn in bulk; 0: none")
    options = parser.parse_args()
    ensure_fonts(FONTS)
    ways: list[tuple[str, Draw]] = [("panel", renderer(FONTS).pdf), *others()]
    print("lines  way                warm, ms   to naive")
    for lines in LINES:
        warm = {name: _warm(draw, lines) for name, draw in ways}
        naive = warm["naive WeasyPrint"]
        for name, spent in warm.items():
            print(f"{lines:5}  {name:17}{spent:10.1f}{spent / naive:10.2f}", flush=True)
        print(f"{lines:5}  {'panel, cold':17}{_cold(lines):10.1f}", flush=True)
    if options.bulk:
        _in_bulk(options.bulk)


def _warm(draw: Draw, lines: int) -> float:
    document = invoice(lines)
    draw(document)
    return min(_spent(draw, document) for _ in range(ROUNDS)) * 1000


def _spent(draw: Draw, document: object) -> float:
    began = time.process_time()
    draw(document)  # type: ignore[arg-type]
    return time.process_time() - began


def _cold(lines: int) -> float:
    made = [
        subprocess.run(
            [sys.executable, "-c", COLD, str(lines)], check=True, capture_output=True, text=True
        )
        for _ in range(3)
    ]
    return min(float(one.stdout) for one in made) * 1000


def _in_bulk(number: int) -> None:
    drawing = drawing_for_letters(FONTS)
    documents = [invoice(1, place) for place in range(1, number + 1)]
    with ThreadPoolExecutor(PROCESSES) as threads:
        before, began = _spent_by_children(), time.monotonic()
        size = sum(map(len, threads.map(drawing.pdf, documents)))
        took = time.monotonic() - began
        # each ends once it has drawn its share, and is counted then
        list(threads.map(drawing.pdf, documents[: PROCESSES * 2]))
    spent = _spent_by_children() - before
    print(
        f"{number} of one line, {PROCESSES} processes: {took:.1f} s, {number / took:.1f} a second,"
        f" {size / 1e6:.1f} MB; processor time of those that ended {spent:.1f} s"
    )


def _spent_by_children() -> float:
    made = getrusage(RUSAGE_CHILDREN)
    return made.ru_utime + made.ru_stime


if __name__ == "__main__":
    main()
