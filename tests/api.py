"""A caller of the JSON API who looks at answers as a program would."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass(frozen=True)
class ApiClient:
    http: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._send("GET", path, query_string=query or None)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self._send("POST", path, json=body, headers=headers)

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self._send("PATCH", path, json=body, headers=headers)

    def put(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self._send("PUT", path, json=body, headers=headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self._send("DELETE", path, headers=headers)

    def _send(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {name.replace("_", "-"): value for name, value in more.pop("headers", {}).items()}
        headers["Authorization"] = f"Bearer {self.token}"
        return self.http.open(f"/api/v1{path}", method=method, headers=headers, **more)


def json_of(response: TestResponse, status: int = 200) -> Any:
    """The answer's JSON, when it has the expected status."""
    assert response.status_code == status, response.get_data(as_text=True)
    return response.get_json(force=True)
