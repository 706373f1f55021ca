"""The API of how a person is told of what concerns them: channels by kind, and quiet hours."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field, StrictStr

from billing_panel.accounts.signing_in.api_tokens import refuse_narrowed
from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.request_bodies import MAX_NAMES, Body, Name
from billing_panel.api.setup.seen_details import named_in
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import say
from plugins.notices.kinds.known_kinds import kinds_for
from plugins.notices.kinds.notice_kind import Channel, NoticeKind
from plugins.notices.store.choices import NOTHING_CHOSEN, Choices, Quiet, choices_of
from plugins.notices.surface.choose_notices import ChooseNotices, TypedQuiet, choose_notices

MAX_TYPED = 64
NARROWED = {403: ("token_narrowed",)}

api = Api("notice_choices_api", "Notices")


class QuietBody(Body):
    """From when to when nothing is sent, and where these clocks are."""

    begins: StrictStr = Field(max_length=MAX_TYPED, examples=["22:00"])
    ends: StrictStr = Field(max_length=MAX_TYPED, examples=["08:00"])
    timezone: StrictStr = Field(max_length=MAX_TYPED, examples=["Europe/Sofia"])


class ChoicesBody(Body):
    """What changes; the rest stays. ``channels``: for each one, all the kinds told by it.

    ``quiet`` null: no quiet hours.
    """

    channels: dict[Channel, list[Name]] = Field(default_factory=dict, max_length=MAX_NAMES)
    quiet: QuietBody | None = None


class QuietAnswer(Answer):
    """Quiet hours."""

    begins: str = Field(examples=["22:00"])
    ends: str = Field(examples=["08:00"])
    timezone: str = Field(examples=["Europe/Sofia"])


class KindChoiceAnswer(Answer):
    """A kind of notices, and by which channels the person is told."""

    key: str = Field(examples=["order.placed"])
    section: str
    title: str
    channels: list[Channel]


class ChoicesAnswer(Answer):
    """How the person is told. ``quiet`` null: at any hour."""

    kinds: list[KindChoiceAnswer]
    quiet: QuietAnswer | None


@api.get("/account/notices", errors=NARROWED)
def show_notice_choices(call: Call) -> ChoicesAnswer:
    """Shows how the token’s owner is told of what concerns them."""
    refuse_narrowed(call.actor)
    return _answer(call)


@api.patch(
    "/account/notices",
    example={
        "channels": {"mail": []},
        "quiet": {"begins": "22:00", "ends": "08:00", "timezone": "Europe/Sofia"},
    },
    errors=NARROWED,
)
def patch_notice_choices(call: Call[ChoicesBody]) -> ChoicesAnswer:
    """Changes how the token’s owner is told, or their quiet hours.

    A token with functions of its own could silence what its owner is told of it.
    """
    refuse_narrowed(call.actor)
    command = ChooseNotices(call.body.channels, _quiet(call))
    try:
        choose_notices(call.session, command, actor=call.actor)
    except Invalid as refusal:
        raise Invalid([_placed(error) for error in refusal.errors]) from refusal
    return _answer(call)


def _placed(error: FieldError) -> FieldError:
    """Where the body has what the form has at its top."""
    within = "channels" if error.field in {*Channel} else "quiet"
    return replace(error, field=f"{within}.{error.field}")


def _quiet(call: Call[ChoicesBody]) -> TypedQuiet | None:
    named = named_in(call.body)
    if "quiet" not in named:
        kept = _kept(call).quiet
        return None if kept is None else TypedQuiet(**_hours(kept))
    sent = call.body.quiet
    return None if sent is None else sent.into(TypedQuiet)


def _kept(call: AnyCall) -> Choices:
    user_id = call.actor.user_id or 0
    return choices_of(call.session, [user_id]).get(user_id, NOTHING_CHOSEN)


def _hours(quiet: Quiet) -> Mapping[str, str]:
    return {
        "begins": _clock(quiet.begins),
        "ends": _clock(quiet.ends),
        "timezone": quiet.timezone,
    }


def _clock(minutes: int) -> str:
    return "{:02}:{:02}".format(*divmod(minutes, 60))


def _answer(call: AnyCall) -> ChoicesAnswer:
    kept = _kept(call)
    return ChoicesAnswer(
        kinds=[_kind(kind, kept, call.language) for kind in kinds_for(call.actor)],
        quiet=None if kept.quiet is None else QuietAnswer(**_hours(kept.quiet)),
    )


def _kind(kind: NoticeKind, kept: Choices, language: str) -> KindChoiceAnswer:
    return KindChoiceAnswer(
        key=kind.key,
        section=say(kind.section, language),
        title=say(kind.title, language),
        channels=sorted(kept.of(kind)),
    )
