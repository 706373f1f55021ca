"""A letter's HTML in a sandboxed frame."""

from flask import Response, make_response

from billing_panel.web.requests.headers_cookies_csrf import CONTENT_POLICY

# the letter brings its styles with it, and nothing else
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
# what a page with such a frame in it may do more than others
FRAMING_POLICY = f"{CONTENT_POLICY}; frame-src 'self'"


def letter_answer(html: str) -> Response:
    """``html`` as a document without scripts, forms, addresses and cookies of ours."""
    answer = make_response(html)
    answer.headers["Content-Security-Policy"] = LETTER_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def framing(page: str, status: int = 200) -> Response:
    """A page of ours in which a letter is shown."""
    answer = make_response(page, status)
    answer.headers["Content-Security-Policy"] = FRAMING_POLICY
    return answer
