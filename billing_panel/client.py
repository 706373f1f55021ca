"""A client of the JSON API, in one file that needs nothing but Python.

    panel = Client("https://billing.example", token)
    for order in panel.items("/orders", stage="open"):
        print(order["number"])
    placed = panel.post("/clients/42/orders", {"lines": [{"tariff": "web-start"}]})

Paths are those of docs/api.md, below ``/api/v1``; answers are plain JSON. ``call`` goes by the
description instead: the names of its operations, parameters and bodies. What changes something is
sent with an ``Idempotency-Key``, so that it is safe to repeat, and is repeated where the panel says
when to come again.
"""

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property  # noqa: TID251 (in one file, which needs nothing else)
from http.client import HTTPException
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)
from uuid import uuid4

PREFIX = "/api/v1"
JSON = "application/json"
STREAM = "text/event-stream"
RESET = "reset"
AGAIN = frozenset({429, 503})
# of a stream from which nothing comes the panel sends a sign of life four times as often
SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back: ``headers`` by name in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[Request], Answer]
# the place, the name and the data of an event; of a sign of life the place alone
Told = tuple[str, str, dict[str, Any] | None]


class Problem(Exception):
    """A refusal (RFC 9457). ``told``: the whole of it, with its own facts such as ``current``."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(told.get("code", f"http_{status}"))
        self.detail = str(told.get("detail", ""))
        self.errors: list[dict[str, str]] = list(told.get("errors", ()))
        self.reasons: list[dict[str, str]] = list(told.get("reasons", ()))
        self.told = told
        super().__init__(f"{status} {self.code}: {self.detail}")


def _opener_without_redirects() -> OpenerDirector:
    """The panel redirects no program: to follow one would hand the token to another host.

    So a redirect is a Problem, with its status.
    """
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


_open = _opener_without_redirects().open


def send_by_urllib(request: Request) -> Answer:
    """Send it, and read the whole answer. Raises OSError where there is no connection."""
    try:
        with _open(request, timeout=SECONDS) as found:
            return Answer(found.status, _lowered(found.headers), found.read())
    except HTTPError as refused:
        with refused:
            return Answer(refused.code, _lowered(refused.headers), refused.read())


@dataclass
class Client:
    """``address``: of the panel, without a path. ``tries``: how often one request is sent at most.

    ``patience``: seconds that it waits at most before it asks again. ``send`` and ``sleep``: how.
    """

    address: str
    token: str
    language: str = "en"
    tries: int = 4
    patience: float = 60.0
    send: Send = send_by_urllib
    sleep: Callable[[float], object] = field(default=time.sleep, repr=False)

    def get(self, path: str, **query: object) -> Any:
        """What is there. Raises Problem, OSError."""
        return self._json(self._request("GET", path, query))

    def download(self, path: str, **query: object) -> bytes:
        """A file, such as ``/invoices/17.pdf``. Raises Problem, OSError."""
        return self._sent(self._request("GET", path, query, accept="*/*")).body

    def items(self, path: str, **query: object) -> Iterator[Any]:
        """Every item of a list, one page after another. Raises Problem, OSError."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def post(self, path: str, body: object = None, **how: Any) -> Any:
        """``key``: of the request, else a new one; ``version``: the one that was looked at."""
        return self.change("POST", path, body, **how)

    def put(self, path: str, body: object = None, **how: Any) -> Any:
        return self.change("PUT", path, body, **how)

    def patch(self, path: str, body: object = None, **how: Any) -> Any:
        return self.change("PATCH", path, body, **how)

    def delete(self, path: str, **how: Any) -> Any:
        return self.change("DELETE", path, None, **how)

    def change(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        version: int | None = None,
        query: Mapping[str, object] | None = None,
    ) -> Any:
        """The same of any method. Raises Problem, OSError."""
        request = self._request(method, path, query or {}, body)
        request.add_header("Idempotency-Key", key or str(uuid4()))
        if version is not None:
            request.add_header("If-Match", f'"{version}"')
        return self._json(request)

    def call(self, operation: str, body: object = None, **arguments: Any) -> Any:
        """An operation of the description by its name, with its parameters by theirs.

        Raises KeyError where there is none of that name, TypeError for parameters it hasn't.
        """
        method, path, places = self._operations[operation]
        if unknown := arguments.keys() - places:
            raise TypeError(f"{operation} takes no {', '.join(sorted(unknown))}")
        of_path = {name: arguments.pop(name) for name in places if f"{{{name}}}" in path}
        path = path.format(**{name: quote(str(value), "") for name, value in of_path.items()})
        if method == "GET":
            return self.get(path, **arguments)
        return self.change(method, path, body, query=arguments)

    def events(self, after: str | None = None) -> Iterator[dict[str, Any]]:
        """What happens, as it happens, without an end; each event once.

        After the event or cursor ``after``, else from now. Raises Problem, OSError where a
        connection can't be made again.
        """
        failed = 0
        while True:
            try:
                for place, name, told in self._stream(after):
                    failed = 0
                    if name == RESET:
                        # too much has happened to be streamed: it is read as a list
                        after = yield from self._read_on(after or place)
                        break
                    after = place
                    if told is not None:
                        yield told
            except (OSError, HTTPException):
                failed += 1
                if failed == self.tries:
                    raise
                self.sleep(failed)

    def _stream(self, after: str | None) -> Iterator[Told]:
        """One connection, until it ends. Raises Problem, OSError, HTTPException."""
        request = self._request("GET", "/events", {}, accept=STREAM)
        if after is not None:
            request.add_header("Last-Event-ID", after)
        try:
            yield from _read_stream(request)
        except HTTPError as refused:
            with refused:
                self._wait_or_raise(_answer_of(refused), 1)

    def _read_on(self, after: str) -> Generator[dict[str, Any], None, str]:
        while True:
            page = self.get("/events", after=after, limit=200)
            yield from page["items"]
            after = page["cursor"]
            if page["next_cursor"] is None:
                return after

    @cached_property
    def _operations(self) -> Mapping[str, tuple[str, str, frozenset[str]]]:
        """Method, path and parameters of each operation."""
        told = self.get("/openapi.json")
        return {
            operation["operationId"]: (
                method.upper(),
                path.removeprefix(PREFIX),
                frozenset(one["name"] for one in operation["parameters"] if "name" in one),
            )
            for path, methods in told["paths"].items()
            for method, operation in methods.items()
        }

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        body: object = None,
        accept: str = JSON,
    ) -> Request:
        asked = {name: value for name, value in query.items() if value is not None}
        address = f"{self.address.rstrip('/')}{PREFIX}{path}"
        request = Request(  # noqa: S310 (an address we were given)
            f"{address}?{urlencode(asked)}" if asked else address,
            method=method,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept": accept,
                "Accept-Language": self.language,
            },
        )
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", JSON)
        return request

    def _json(self, request: Request) -> Any:
        body = self._sent(request).body
        return json.loads(body) if body else None

    def _sent(self, request: Request) -> Answer:
        """The answer, when it is none of refusal. Raises Problem, OSError."""
        for tried in range(1, self.tries + 1):
            try:
                answer = self.send(request)
            except OSError:
                if tried == self.tries:
                    raise
                self.sleep(2 ** (tried - 1))
                continue
            if answer.status < 300:
                return answer
            self._wait_or_raise(answer, tried)
        raise AssertionError("the last try returns or raises")

    def _wait_or_raise(self, answer: Answer, tried: int) -> None:
        """Wait as long as the panel says, if it is worth asking again. Raises Problem."""
        seconds = answer.headers.get("retry-after", "")
        may_wait = answer.status in AGAIN and seconds.isdigit() and tried < self.tries
        if not may_wait or int(seconds) > self.patience:
            raise _problem(answer)
        self.sleep(int(seconds))


def _problem(answer: Answer) -> Problem:
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    return Problem(answer.status, told if isinstance(told, dict) else {})


def _answer_of(refused: HTTPError) -> Answer:
    return Answer(refused.code, _lowered(refused.headers), refused.read())


def _lowered(headers: Any) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _read_stream(request: Request) -> Iterator[Told]:
    """What comes, until the connection ends."""
    with _open(request, timeout=SECONDS) as stream:
        told: dict[str, str] = {}
        for line in stream:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                told[name] = value
                continue
            if "id" in told:
                data = json.loads(told["data"]) if "data" in told else None
                yield told["id"], told.get("event", ""), cast("dict[str, Any] | None", data)
            told = {}
