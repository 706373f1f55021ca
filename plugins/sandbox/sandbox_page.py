"""The sandbox's page, on which a newcomer plays the payment system."""

from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.extension.gateways import Outcome
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.values.money import parse
from billing_panel.web.shell.request_context import panel
from billing_panel.web.shell.route_access import PUBLIC, access
from plugins.sandbox.gateway import KEY, Sandbox

PATIENCE = 20
# the panel is reached as any payment system would reach it, but for the proxies of this machine
open_url = build_opener(ProxyHandler({})).open

# a refund that fails names a refund, of which the page of a payment knows nothing
PLAYED = frozenset(Outcome) - {Outcome.REFUND_FAILED}

sandbox = Blueprint("sandbox", __name__, url_prefix="/sandbox", template_folder="templates")


@sandbox.get("/payments/<written>")
@access(PUBLIC)
def page(written: str) -> ResponseReturnValue:
    """The payment page of the sandbox."""
    _running, content = _found(written)
    return _show(content)


@sandbox.post("/payments/<written>")
@access(PUBLIC)
def send(written: str) -> ResponseReturnValue:
    """Play an outcome: send the panel the message a payment system would."""
    running, content = _found(written)
    chosen = request.form.get("outcome", "")
    if chosen not in PLAYED:
        abort(400)
    headers, body = running.message(content, Outcome(chosen), panel().clock.now())
    answer = _deliver(f"{running.address}/api/v1/payment-gateways/{KEY}/webhook", headers, body)
    return _show(content, Outcome(chosen), answer)


def _found(written: str) -> tuple[Sandbox, Mapping[str, str]]:
    """Raises NotFound where the sandbox is off, or the address not one it gave."""
    running = panel().gateways.get(KEY)
    content = running.page(written) if isinstance(running, Sandbox) else None
    if not isinstance(running, Sandbox) or content is None:
        raise NotFound
    return running, content


@slow
def _deliver(address: str, headers: Mapping[str, str], body: bytes) -> int | None:
    """The status the panel answered with, or None where it could not be reached."""
    sent = Request(address, body, dict(headers), method="POST")  # noqa: S310 (the panel's own)
    try:
        with open_url(sent, timeout=PATIENCE) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, HTTPException, OSError):
        return None


def _show(
    content: Mapping[str, str], sent: Outcome | None = None, answer: int | None = None
) -> ResponseReturnValue:
    return render_template(
        "sandbox/payment.html",
        money=parse(content["amount"], content["currency"]),
        description=content["description"],
        return_url=content["return_url"],
        sent=sent,
        answer=answer,
        address=panel().config.public_url,
    )
