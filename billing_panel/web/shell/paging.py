"""Where a page of a long list begins."""

from flask import request

from billing_panel.kernel.values.bounded_parsing import whole_number


def page_start() -> int:
    """The id the page before ended with, from ``?from=``; 0 at the beginning or when unreadable."""
    return whole_number(request.args.get("from", "")) or 0
