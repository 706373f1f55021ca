"""The tables of docs/api.md, made from the declarations of endpoints."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from pydantic import BaseModel

from billing_panel.api.endpoint_declaration import Endpoint
from billing_panel.api.openapi import path_of
from billing_panel.kernel.database.unavailable import Trouble

# what every endpoint of its kind may answer is told above the tables
COMMON = frozenset({400, 401, 413, 414, 415, 429, 503})
COMMON_CODES = frozenset(
    {
        "function_not_held",
        "idempotency_key_reused",
        "invalid",
        "not_found",
        "second_factor_required",
        "stale_version",
        "too_many_requests",
        *(trouble.code for trouble in Trouble),
    }
)
HEAD = "| Method and path | What it does | Function | Answer, codes |\n|---|---|---|---|"
BEGIN, END = "<!-- endpoints: made by scripts/api_docs.py -->", "<!-- end of endpoints -->"


def tables(endpoints: Sequence[Endpoint]) -> str:
    """A heading and a table for each subject."""
    parts = [
        "\n".join([f"### {subject}", "", HEAD, *(_row(endpoint) for endpoint in group)])
        for subject, group in groupby(endpoints, key=lambda endpoint: endpoint.subject)
    ]
    return "\n\n".join(parts)


def with_tables(page: str, endpoints: Sequence[Endpoint]) -> str:
    """``page`` with the tables between their two marks. Raises ValueError where a mark is gone."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has lost {END if begin else BEGIN}")
    return f"{before}{BEGIN}\n\n{tables(endpoints)}\n\n{END}{after}"


def _row(endpoint: Endpoint) -> str:
    cells = (
        " ".join([f"{endpoint.method} `{path_of(endpoint)}{_query(endpoint)}`", *_body(endpoint)]),
        " ".join(endpoint.text.split()).replace("``", "`"),
        " or ".join(f"`{name}`" for name in endpoint.functions),
        " · ".join([_answer(endpoint), *_codes(endpoint)]),
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _query(endpoint: Endpoint) -> str:
    names = [field.alias or name for name, field in endpoint.query.model_fields.items()]
    own = [name for name in names if name not in {"limit", "cursor"}]
    return f"?{'&'.join(f'{name}=' for name in own)}" if own else ""


def _body(endpoint: Endpoint) -> Iterator[str]:
    if endpoint.takes_body:
        yield f"`{{{', '.join(_fields(endpoint.body))}}}`"


def _fields(model: type[BaseModel]) -> Iterator[str]:
    """Those that must be sent first, the version last; ``?`` marks what may be left out."""
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    other = [name for name in model.model_fields if name not in required]
    yield from required
    yield from (f"{name}?" for name in sorted(other, key=lambda name: name == "version"))


def _answer(endpoint: Endpoint) -> str:
    name = endpoint.answer.__name__ if endpoint.answer else endpoint.media
    return f"{endpoint.status} {name.replace('PageAnswer', 'Page')}"


def _codes(endpoint: Endpoint) -> Iterator[str]:
    for status, codes in endpoint.problems.items():
        own = [code for code in codes if code not in COMMON_CODES]
        if own and (status not in COMMON or status in endpoint.errors):
            yield f"{status} {', '.join(f'`{code}`' for code in own)}"
