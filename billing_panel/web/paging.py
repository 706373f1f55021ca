from flask import request

from billing_panel.kernel.ids import MAX_ID


def page_start() -> int:
    """The id the page before ended with, from ``?from=``; 0 at the beginning or when unreadable."""
    written = request.args.get("from", "")
    number = int(written) if written.isascii() and written.isdecimal() and len(written) < 20 else 0
    return min(number, MAX_ID)
