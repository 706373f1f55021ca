"""The API of client groups: discounts, terms and restrictions of clients treated alike."""

from dataclasses import replace
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.clients.client_groups import (
    GroupDetails,
    group_by_key,
    group_details,
    groups,
    save_group,
)
from billing_panel.administration.details.concurrent_changes import version_of
from billing_panel.api.administration.details_bodies import (
    DetailsBody,
    PercentBody,
    SeenBody,
    TitlesAnswer,
    TitlesBody,
)
from billing_panel.api.answer_models import Answer, PageAnswer, Percent
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_place
from billing_panel.api.request_bodies import NoBody
from billing_panel.api.setup.seen_details import on_state
from permissions.panel_functions import PanelFunction

GROUP = "/client-groups/<group>"
# who puts clients into groups names them
READING = (PanelFunction.GROUP_CHANGE, PanelFunction.GROUP_ASSIGN)
BLANK = GroupDetails(key="", titles={})
EVERY = {422: ("shared",)}

api = Api("panel_client_group_api", "Clients")


class PlainGroup(BaseModel):
    """What is taken of a group as it is answered.

    ``payment_terms_days`` null: as set by the provider. ``ignores_service_limits``: its clients may
    have more of a tariff than its limit allows.
    """

    ignores_service_limits: bool = False
    payment_terms_days: int | None = Field(default=None, examples=[30])


class GroupBody(PlainGroup, DetailsBody):
    """``titles`` are for staff. Clients read ``client_titles`` and ``only_for``, if there are any.

    ``only_for``: said where a tariff is for this group alone.
    """

    key: StrictStr = Field(default="", examples=["vip"])
    titles: TitlesBody = Field(default_factory=dict)
    client_titles: TitlesBody = Field(default_factory=dict)
    only_for: TitlesBody = Field(default_factory=dict)
    discount_percent: PercentBody = Decimal(0)
    forbidden_methods: list[MethodKind] = Field(default_factory=list, max_length=len(MethodKind))

    def details(self, now: GroupDetails) -> GroupDetails:
        """``now`` with what was sent."""
        sent = self.sent()
        if "forbidden_methods" in sent:
            sent["forbidden_methods"] = sorted(set(self.forbidden_methods))
        return replace(now, **sent)


class NewGroupBody(GroupBody):
    """A group of clients that every provider treats alike."""

    key: StrictStr = Field(examples=["vip"])
    titles: TitlesBody


class ChangeGroupBody(GroupBody, SeenBody):
    """What of a group shall be otherwise; what is absent stays as it is."""


class ClientGroupAnswer(PlainGroup, Answer):
    """A group of clients, as staff see it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    key: str = Field(examples=["vip"])
    titles: TitlesAnswer
    client_titles: TitlesAnswer
    only_for: TitlesAnswer
    discount_percent: Percent
    forbidden_methods: list[MethodKind]
    version: int


@api.get("/client-groups", *READING)
def list_groups(call: Call[NoBody, PageQuery]) -> PageAnswer[ClientGroupAnswer]:
    """Lists the groups of clients, by key."""
    page, cursor = page_by_place(call.query, groups(call.session))
    return PageAnswer(items=[_answer(row) for row in page], next_cursor=cursor)


@api.post(
    "/client-groups",
    PanelFunction.GROUP_CHANGE,
    status=201,
    example={"key": "resellers", "titles": {"en": "Resellers"}, "discount_percent": "12.5"},
    errors=EVERY,
)
def post_group(call: Call[NewGroupBody]) -> ClientGroupAnswer:
    """Adds a group of clients. For owners alone, because it applies to every provider."""
    made = save_group(
        call.session, None, call.body.details(BLANK), actor=call.actor, clock=call.panel.clock
    )
    return _answer(made)


@api.get(GROUP, *READING)
def show_group(call: Call, group: str) -> ClientGroupAnswer:
    """Shows a group of clients by its key."""
    return _shown(call, group)


@api.patch(GROUP, PanelFunction.GROUP_CHANGE, example={"discount_percent": "15"}, errors=EVERY)
def patch_group(call: Call[ChangeGroupBody], group: str) -> ClientGroupAnswer:
    """Changes a group of clients. For owners alone, because it applies to every provider."""
    row = group_by_key(call.session, group)
    now = group_details(row)
    with on_state(call, now, lambda: _shown(call, group)) as seen:
        save_group(
            call.session,
            row.id,
            call.body.details(now),
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _answer(row)


def _shown(call: AnyCall, group: str) -> ClientGroupAnswer:
    """Raises NotFound."""
    return _answer(group_by_key(call.session, group))


def _answer(group: ClientGroup) -> ClientGroupAnswer:
    details = group_details(group)
    names = PlainGroup.model_fields.keys() | {"key", "titles", "client_titles", "only_for"}
    return ClientGroupAnswer(
        **{name: getattr(details, name) for name in names},
        discount_percent=f"{details.discount_percent:f}",
        forbidden_methods=list(details.forbidden_methods),
        version=version_of(details),
    )
