"""Where payment systems send their messages. Nobody signs in here: the signature is the key."""

from typing import Literal

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, ServiceUnavailable

from billing_panel.accounts.access.load_actors import console
from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_declaration import JSON, Endpoint, describe
from billing_panel.api.endpoint_dispatch import PREFIX
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.extension.gateways import BadMessage, Unreachable
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.logs import logger
from billing_panel.web.requests.problem_json import problem_of_http
from billing_panel.web.shell.request_context import language, panel
from billing_panel.web.shell.route_access import PUBLIC, access
from plugins.orders.payments.handle_gateway_message import HandleMessage, handle_message
from plugins.orders.store.payment import MessageResult

MAX_BODY = 256 * 1024
NOT_TOLD: Literal["not_told"] = "not_told"

gateway_api = Blueprint("gateway_api", __name__, url_prefix=f"{PREFIX}/payment-gateways")
log = logger()


class GatewayMessageAnswer(Answer):
    """What became of the message; ``not_told``: it says nothing about a payment."""

    result: MessageResult | Literal["not_told"]


@gateway_api.post("/<gateway>/webhook")
@describe(
    Endpoint(
        "POST",
        "/payment-gateways/<gateway>/webhook",
        "Payments",
        answer=GatewayMessageAnswer,
        errors={400: ("malformed",), 413: ("too_large",), 503: ("http_503",)},
        token=False,
    )
)
@access(PUBLIC)
def webhook(gateway: str) -> Response:
    """Takes a message from a payment system, which its signature proves genuine.

    400 if it isn't genuine, and nothing of it is kept; 503 if it should be sent again; 200 for
    everything else, so that it isn't sent again.
    """
    running = panel()
    system = running.gateways.get(gateway)
    if system is None:
        raise NotFound
    body = request.get_data()
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        message = slow(system.read)(headers, body, running.clock.now())
    except Unreachable as silent:
        log.warning("gateway_message_not_understood_yet", gateway=gateway, why=str(silent))
        sentence = text("The payment system didn’t answer a question about this; send it again.")
        return problem_of_http(ServiceUnavailable(), sentence, language())
    except BadMessage as bad:
        log.warning("gateway_message_not_genuine", gateway=gateway, why=str(bad))
        sentence = text("This message is not genuine or no longer current.")
        return problem_of_http(BadRequest(), sentence, language())
    if message is None:
        return _answer(NOT_TOLD)
    command = HandleMessage(gateway, message, body)
    with running.database.writing() as session:
        result = handle_message(session, command, actor=console(running.known), clock=running.clock)
    return _answer(result)


def _answer(result: MessageResult | Literal["not_told"]) -> Response:
    return Response(GatewayMessageAnswer(result=result).model_dump_json(), content_type=JSON)
