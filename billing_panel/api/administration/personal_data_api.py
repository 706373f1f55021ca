"""The API of a client's personal data: a copy of all that is held, and erasing it for good."""

from collections.abc import Sequence

from flask import Response

from billing_panel.administration.clients.personal_data import (
    as_zip,
    erase_client,
    export_client,
    preview,
)
from billing_panel.api.answer_models import Answer, Moment, ReasonAnswer, reason_answers
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.kernel.language.text import Text, say
from permissions.panel_functions import PanelFunction

CLIENT = "/clients/<bigid:client_id>"
REFUSED = {403: ("shared_client",)}

api = Api("panel_personal_data_api", "Clients")


class ErasureAnswer(Answer):
    """What erasing would take away and what it would leave; ``reasons``: why it can't be yet."""

    erased: list[str]
    kept: list[str]
    reasons: list[ReasonAnswer]


class ErasedAnswer(Answer):
    """A client who was forgotten."""

    id: int
    erased_at: Moment


@api.post(
    f"{CLIENT}/export",
    PanelFunction.CLIENT_EXPORT,
    example={},
    errors={**REFUSED, 429: ("too_many_at_once",), 503: ("busy",)},
    transaction=False,
    media="application/zip",
)
def post_export(call: Call, client_id: int) -> Response:
    """Copies everything that is held about a client into a ZIP; the log says who took it."""
    panel, actor = call.panel, call.actor
    with panel.exports.taken(actor.user_id or 0):
        held = export_client(
            panel.database, client_id, panel.client_records, actor=actor, clock=panel.clock
        )
        packed = as_zip(held)
    return Response(packed, content_type="application/zip")


@api.get(
    f"{CLIENT}/erasure",
    PanelFunction.CLIENT_ERASE,
    errors={**REFUSED, 409: ("client_erased",)},
)
def show_erasure(call: Call, client_id: int) -> ErasureAnswer:
    """Shows what erasing a client would take away, and why it can't be done yet."""
    told, reasons = preview(call.session, client_id, call.panel.client_records, actor=call.actor)
    return ErasureAnswer(
        erased=_said(told.erased, call.language),
        kept=_said(told.kept, call.language),
        reasons=reason_answers(reasons, call.actor, call.language),
    )


@api.post(
    f"{CLIENT}/erasure",
    PanelFunction.CLIENT_ERASE,
    example={},
    errors={**REFUSED, 409: ("client_erased",), 422: ("cannot_be_erased",)},
)
def post_erasure(call: Call, client_id: int) -> ErasedAnswer:
    """Erases a client's personal data, for good. What the law keeps stays, under no name."""
    panel = call.panel
    client = erase_client(
        call.session, client_id, panel.client_records, actor=call.actor, clock=panel.clock
    )
    return ErasedAnswer(id=client.id, erased_at=client.erased_at or panel.clock.now())


def _said(lines: Sequence[Text], language: str) -> list[str]:
    return [say(line, language) for line in lines]
