"""The filters of the list of documents as they stand in an address."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import parse_qsl

from billing_panel.kernel.values.bounded_parsing import whole_number
from invoices.document import Kind
from plugins.orders.documents.document_states import DocumentState
from plugins.orders.documents.list_documents import DocumentFilter

MOST_TYPED = 200
# of an address, nobody asks for more
MOST_ASKED = 40
FIELDS = ("kind", "state", "provider", "query", "client", "since", "until")


def asked_in(written: Mapping[str, str]) -> Mapping[str, str]:
    """Those that are asked for, by name."""
    asked = {name: written.get(name, "").strip()[:MOST_TYPED] for name in FIELDS}
    return {name: value for name, value in asked.items() if value}


def asked_in_address(address: str) -> Mapping[str, str]:
    """The same of what stands behind the ``?`` of an address."""
    try:
        return asked_in(dict(parse_qsl(address, max_num_fields=MOST_ASKED)))
    except ValueError:
        return {}


def filter_of(
    asked: Mapping[str, str], before: int | None = None, after: int | None = None
) -> DocumentFilter:
    """What cannot be read narrows nothing. ``before``, ``after``: ids that pages end with."""
    kinds, states = {kind.value: kind for kind in Kind}, {one.value: one for one in DocumentState}
    return DocumentFilter(
        kind=kinds.get(asked.get("kind", "")),
        state=states.get(asked.get("state", "")),
        client=whole_number(asked.get("client", "")),
        provider=asked.get("provider", ""),
        query=asked.get("query", ""),
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
        before=before,
        after=after,
    )


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
