"""A server that speaks the part of Stripe's API the panel uses: ours, not Stripe's.

Written from what Stripe publishes (docs.stripe.com/api: checkout sessions, refunds, disputes,
events, errors, idempotent requests, webhook signatures). It runs as a process of its own; the
official library is pointed at it by its base address. ``/control`` plays the people who pay, and
breaks things.
"""

import hmac
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.request import Request, urlopen

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

SECRET_KEY = "sk_test_contract"
WEBHOOK_SECRET = "whsec_contract"
CREATE = (
    "mode",
    "success_url",
    "line_items[0][quantity]",
    "line_items[0][price_data][currency]",
    "line_items[0][price_data][unit_amount]",
    "line_items[0][price_data][product_data][name]",
)
MOST_OF_REFERENCE = 200


@dataclass
class Account:
    """Everything the process knows."""

    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[dict[str, str], dict[str, Any], int]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    fail_next: list[int] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


def error(status: int, kind: str, message: str) -> tuple[Response, int]:
    return jsonify({"error": {"type": kind, "message": message}}), status


app = Flask(__name__)
account = Account()


@app.before_request
def check() -> Any:
    if not request.path.startswith("/v1/"):
        return None
    account.requests.append(
        {"method": request.method, "path": request.path, "form": request.form.to_dict()}
    )
    if request.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
        return error(401, "invalid_request_error", "Invalid API Key provided")
    if account.fail_next:
        return error(account.fail_next.pop(0), "api_error", "told to fail")
    return _repeated()


@app.after_request
def remember(answer: Response) -> Response:
    key = request.headers.get("Idempotency-Key")
    if key and answer.status_code < 500 and request.path.startswith("/v1/"):
        account.answers.setdefault(
            key, (request.form.to_dict(), answer.get_json(), answer.status_code)
        )
    return answer


@app.post("/v1/checkout/sessions")
def create() -> Any:
    return _create_session()


@app.get("/v1/checkout/sessions")
def sessions() -> Any:
    intent = request.args["payment_intent"]
    found = [one for one in account.sessions.values() if one["payment_intent"] == intent]
    return jsonify(
        {"object": "list", "data": found, "has_more": False, "url": "/v1/checkout/sessions"}
    )


@app.get("/v1/checkout/sessions/<name>")
def retrieve(name: str) -> Any:
    session = account.sessions.get(name)
    if session is None:
        return error(404, "invalid_request_error", f"No such checkout.session: {name}")
    return jsonify(session)


@app.post("/v1/refunds")
def refund() -> Any:
    return _create_refund()


@app.get("/v1/refunds")
def refunds() -> Any:
    intent = request.args["payment_intent"]
    found = [one for one in reversed(account.refunds) if one["payment_intent"] == intent]
    return jsonify({"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"})


@app.post("/control/anew")
def begin_anew() -> Any:
    for kept in (account.sessions, account.refunds, account.answers, account.requests):
        kept.clear()
    account.fail_next.clear()
    return jsonify({})


@app.post("/control/forget")
def forget() -> Any:
    """Keys are forgotten after a day."""
    account.answers.clear()
    return jsonify({})


@app.post("/control/fail/<int:status>")
def fail(status: int) -> Any:
    account.fail_next.append(status)
    return jsonify({})


@app.post("/control/answer")
def answer_again() -> Any:
    account.fail_next.clear()
    return jsonify({})


@app.get("/control/requests")
def requests() -> Any:
    return jsonify(account.requests)


@app.post("/control/sessions/<name>/<event>")
def happen(name: str, event: str) -> Any:
    return jsonify(_happen(name, event))


@app.post("/control/disputes/<name>/<status>")
def dispute(name: str, status: str) -> Any:
    """The payer of a session disputes it: ``needs_response``, then it is closed."""
    session = account.sessions[name]
    kind = "charge.dispute." + ("created" if status.endswith("needs_response") else "closed")
    disputed = {
        "id": f"du_{name}",
        "object": "dispute",
        "amount": int(request.args.get("amount") or session["amount_total"]),
        "charge": f"ch_{name}",
        "currency": session["currency"],
        "payment_intent": session["payment_intent"],
        "reason": "fraudulent",
        "status": status,
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "balance_transactions": [],
    }
    return jsonify(_event(kind, disputed))


@app.post("/control/refunds/<number>/<kind>")
def refund_event(number: str, kind: str) -> Any:
    """What becomes of a refund; all but ``refund.created`` say that it failed."""
    told = account.refunds[int(number)]
    if kind != "refund.created":
        told |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    return jsonify(_event(kind, told))


def _repeated() -> Any:
    """The first answer again; other parameters by the same key are an error."""
    before = account.answers.get(request.headers.get("Idempotency-Key", ""))
    if before is None:
        return None
    form, answer, status = before
    if form != request.form.to_dict():
        return error(400, "idempotency_error", "Keys for idempotent requests can only be used once")
    return jsonify(answer), status, {"Idempotent-Replayed": "true"}


def _create_session() -> Any:
    form = request.form
    if missing := [name for name in CREATE if not form.get(name)]:
        return error(400, "invalid_request_error", f"Missing required param: {missing[0]}.")
    if form["mode"] != "payment":
        return error(400, "invalid_request_error", "Invalid mode")
    if len(form.get("client_reference_id", "")) > MOST_OF_REFERENCE:
        return error(400, "invalid_request_error", "client_reference_id is too long")
    price = "line_items[0][price_data]"
    number = next(account.numbers)
    name = f"cs_test_{number}"
    account.sessions[name] = {
        "id": name,
        "object": "checkout.session",
        "amount_total": int(form[f"{price}[unit_amount]"]) * int(form["line_items[0][quantity]"]),
        "currency": form[f"{price}[currency]"],
        "client_reference_id": form.get("client_reference_id"),
        "mode": "payment",
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "livemode": False,
        "metadata": {},
        "success_url": form["success_url"],
        "cancel_url": form.get("cancel_url"),
        "url": f"https://checkout.stripe.example/c/pay/{name}",
    }
    return jsonify(account.sessions[name])


def _create_refund() -> Any:
    form = request.form
    sessions = account.sessions.values()
    paid = [one for one in sessions if one["payment_intent"] == form.get("payment_intent")]
    if not paid:
        return error(400, "invalid_request_error", "No such payment_intent")
    given = sum(
        r["amount"] for r in account.refunds if r["payment_intent"] == form["payment_intent"]
    )
    amount = int(form["amount"])
    if given + amount > paid[0]["amount_total"]:
        return error(400, "invalid_request_error", "Refund amount is greater than charge amount")
    prefix = "metadata["
    made = {
        "id": f"re_{next(account.numbers)}",
        "object": "refund",
        "amount": amount,
        "currency": paid[0]["currency"],
        "payment_intent": form["payment_intent"],
        "status": "succeeded",
        "metadata": {k[len(prefix) : -1]: v for k, v in form.items() if k.startswith(prefix)},
    }
    account.refunds.append(made)
    return jsonify(made)


STATUSES = {
    "checkout.session.completed": ("complete", "paid"),
    "checkout.session.completed-unpaid": ("complete", "unpaid"),
    "checkout.session.async_payment_succeeded": ("complete", "paid"),
    "checkout.session.async_payment_failed": ("complete", "unpaid"),
    "checkout.session.expired": ("expired", "unpaid"),
}


def _happen(name: str, event: str) -> dict[str, str]:
    """Something becomes of a session: the body and the signature that Stripe would send."""
    session = account.sessions[name]
    session["status"], session["payment_status"] = STATUSES[event]
    if session["status"] == "complete":
        session["payment_intent"] = f"pi_{name}"
    return _event(event.removesuffix("-unpaid"), session)


def _event(kind: str, told: dict[str, Any]) -> dict[str, str]:
    """Body and signature of an event about ``told``."""
    moment = int(request.args.get("at") or time.time())
    body = json.dumps(
        {
            "id": f"evt_{next(account.numbers)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": moment,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
            "data": {"object": told},
        }
    )
    return {"body": body, "signature": signed(body, moment)}


def signed(body: str, moment: int, secret: str = WEBHOOK_SECRET) -> str:
    """``Stripe-Signature``, as Stripe says it is made."""
    digest = hmac.digest(secret.encode(), f"{moment}.{body}".encode(), "sha256").hex()
    return f"t={moment},v1={digest}"


@dataclass(frozen=True)
class StripeServer:
    """The process, as a test talks to it."""

    address: str

    def happens(self, session: str, event: str, at: float) -> tuple[bytes, dict[str, str]]:
        """Body and headers of the event."""
        return self._signed(f"sessions/{session}/{event}?at={int(at)}")

    def _signed(self, path: str) -> tuple[bytes, dict[str, str]]:
        answer = self._control("POST", path)
        return answer["body"].encode(), {"Stripe-Signature": answer["signature"]}

    def disputed(
        self, session: str, status: str, at: float, amount: str = ""
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of the event that a dispute of the session has come to ``status``."""
        path = f"disputes/{session}/{status}?at={int(at)}&amount={amount}"
        return self._signed(path)

    def of_refund(self, number: int, kind: str, at: float) -> tuple[bytes, dict[str, str]]:
        """Of the refund made as the ``number``-th."""
        return self._signed(f"refunds/{number}/{kind}?at={int(at)}")

    def fail_next(self, status: int) -> None:
        self._control("POST", f"fail/{status}")

    def begin_answering(self) -> None:
        self._control("POST", "answer")

    def begin_anew(self) -> None:
        """With an empty account."""
        self._control("POST", "anew")

    def forget_keys(self) -> None:
        self._control("POST", "forget")

    def requests(self, path: str, method: str = "POST") -> list[dict[str, str]]:
        """The forms that were sent there."""
        sent = self._control("GET", "requests")
        return [one["form"] for one in sent if (one["method"], one["path"]) == (method, path)]

    def _control(self, method: str, path: str) -> Any:
        asked = Request(f"{self.address}/control/{path}", method=method)  # noqa: S310 (ours)
        with urlopen(asked, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    """A new account on a free port of this machine."""
    command = [sys.executable, "-m", "tests.stripe_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield StripeServer(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
