"""What the tests of the API send and expect again and again."""

from typing import Any

from werkzeug.test import TestResponse

from tests.api import ApiClient, json_of

WEB_START = {"tariff": "web-start", "period": "1 month"}
MISSING = 999_999
HUGE = 2**63


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def rub(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "RUB"}


def points(amount: int) -> dict[str, str]:
    return {"amount": str(amount), "currency": "points"}


def basket(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a placing: these lines (none: one Web Start), paid by bank transfer."""
    return {"lines": list(lines) or [WEB_START], "payment_method": "bank_transfer", **more}


def place(api: ApiClient, client_id: int, *lines: dict[str, Any], **more: Any) -> Any:
    """The one order placed."""
    placed = json_of(api.post(f"/clients/{client_id}/orders", basket(*lines, **more)), 201)
    (order,) = placed["orders"]
    return order


def send(
    api: ApiClient,
    method: str,
    path: str,
    body: bytes | str = b"",
    content_type: str | None = "application/json",
    **headers: str,
) -> TestResponse:
    """Send exactly these bytes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.http.open(
        f"/api/v1{path}",
        method=method,
        data=body,
        content_type=content_type,
        headers={"Authorization": f"Bearer {api.token}", **named},
    )


def problem_of(response: TestResponse, status: int, code: str) -> Any:
    """The refusal, when it is one in the documented shape."""
    problem = json_of(response, status)
    assert response.content_type == "application/problem+json"
    assert {"type", "title", "status", "code", "detail", "errors", "reasons"} <= problem.keys()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert problem["detail"]
    assert "Traceback" not in response.text
    return problem


def wrong_fields(response: TestResponse) -> list[tuple[str, str]]:
    """(field, code) of each mistake of a body or an address that was refused."""
    problem = problem_of(response, 422, "invalid")
    assert all(error["message"] for error in problem["errors"])
    return [(error["field"], error["code"]) for error in problem["errors"]]


def all_pages(api: ApiClient, path: str, limit: int, **query: Any) -> list[list[Any]]:
    """The pages of a list, read to its end by ``next_cursor``."""
    pages: list[list[Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = json_of(api.get(path, limit=limit, **query, **cursor))
        assert {"items", "next_cursor"} <= page.keys()
        pages.append(page["items"])
        if page["next_cursor"] is None:
            return pages
        assert isinstance(page["next_cursor"], str)
        cursor = {"cursor": page["next_cursor"]}
