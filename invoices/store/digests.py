"""Digests by which the sealed log proves a document, its file and its copies.

``document.issued`` (``document.sealed`` of those issued before there were digests) has the one of
the content, ``document.printed`` that of each PDF.
"""

import hashlib
from typing import Any

from sqlalchemy import Row

from billing_panel.kernel.values.secret_fingerprints import digest
from invoices.store.models import IssuedDocument

# what a document is beside its content: whose, and which number of which series
PLACE = ("provider_id", "client_id", "series", "year", "n")


def content_digest(row: IssuedDocument | Row[Any]) -> str:
    """Of all that is printed, whose it is, and which number of its series it bears."""
    return digest({"content": row.content, **{name: getattr(row, name) for name in PLACE}})


def file_digest(pdf: bytes) -> str:
    """Compute the SHA-256 of a PDF, in hexadecimal digits."""
    return hashlib.sha256(pdf).hexdigest()
