"""The tables of docs/api.md, made from the declarations of endpoints."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from pydantic import BaseModel

from billing_panel.api.description.openapi import path_of
from billing_panel.api.endpoint_declaration import Endpoint
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
CODES_BEGIN, CODES_END = "<!-- codes: made by scripts/api_docs.py -->", "<!-- end of codes -->"
CODES_HEAD = "| Code | Status | Where |\n|---|---|---|"
# of more endpoints than these their number is told
MOST_NAMED = 3


def tables(endpoints: Sequence[Endpoint]) -> str:
    """A heading and a table for each subject."""
    parts = [
        "\n".join([f"### {subject}", "", HEAD, *(_row(endpoint) for endpoint in group)])
        for subject, group in groupby(endpoints, key=lambda endpoint: endpoint.subject)
    ]
    return "\n\n".join(parts)


def with_tables(page: str, endpoints: Sequence[Endpoint]) -> str:
    """``page`` with the tables between their marks. Raises ValueError where a mark is gone."""
    page = _between(page, BEGIN, END, tables(endpoints))
    return _between(page, CODES_BEGIN, CODES_END, table_of_codes(endpoints))


def _between(page: str, begin: str, end: str, made: str) -> str:
    before, found, rest = page.partition(begin)
    _old, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the page has lost {end if found else begin}")
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


def table_of_codes(endpoints: Sequence[Endpoint]) -> str:
    """Every code of a refusal with its statuses, and which endpoints refuse so."""
    told: dict[str, dict[int, list[str]]] = {}
    for endpoint in endpoints:
        for status, codes in endpoint.problems.items():
            for code in codes:
                of_code = told.setdefault(code, {}).setdefault(status, [])
                of_code.append(f"{endpoint.method} `{path_of(endpoint)}`")
    rows = (_row_of_code(code, told[code], endpoints) for code in sorted(told))
    return "\n".join([CODES_HEAD, *rows])


def _row_of_code(
    code: str, by_status: Mapping[int, Sequence[str]], endpoints: Sequence[Endpoint]
) -> str:
    statuses = ", ".join(map(str, sorted(by_status)))
    return f"| `{code}` | {statuses} | {_where(by_status, endpoints)} |"


def _where(by_status: Mapping[int, Sequence[str]], endpoints: Sequence[Endpoint]) -> str:
    names = list(dict.fromkeys(name for named in by_status.values() for name in named))
    if len(names) == len(endpoints):
        return "everywhere"
    if len(names) > MOST_NAMED:
        return f"{len(names)} endpoints"
    return ", ".join(names)


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
