"""The API of staff: who works here, in which departments, for which providers."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, StrictBool, StrictStr

from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.signing_in.second_factor import second_factor
from billing_panel.administration.staff.change_staff import (
    StaffDetails,
    change_staff,
    create_staff,
    find_addressed_staff,
    reset_second_factor,
    seen_providers,
    staff,
    staff_details,
    user_to_invite,
)
from billing_panel.administration.staff.permission_matrix import version_of_rights
from billing_panel.api.answer_models import Answer, Key, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_place
from billing_panel.api.request_bodies import MAX_NAMES, Body, Name, NoBody, VersionedBody
from billing_panel.api.setup.seen_details import changed, on_state
from billing_panel.api.setup.sign_in_link_answers import LinkBody, SignInLinkAnswer, link_answer
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE
from permissions.panel_functions import PanelFunction

READERS = (PanelFunction.STAFF_READ, PanelFunction.STAFF_CHANGE)
ONE = "/staff/<address>"
REFUSED_RIGHTS = ("cannot_grant", "own_rights", "last_owner")

api = Api("panel_staff_api", "Staff")


class NewStaffBody(Body):
    """``departments`` and ``providers`` are keys. An owner needs none: they hold everything."""

    login: StrictStr = Field(examples=["boris"])
    name: StrictStr = Field(examples=["Boris Ivanov"])
    language: StrictStr = Field(default=DEFAULT_LANGUAGE, examples=["bg"])
    email: StrictStr = ""
    departments: list[Name] = Field(default_factory=list, max_length=MAX_NAMES)
    providers: list[Name] = Field(default_factory=list, max_length=MAX_NAMES)
    owner: StrictBool = False
    disabled: StrictBool = False


class StaffBody(VersionedBody):
    """What changes; the rest stays. ``disabled``: they can't sign in, and their tokens end."""

    name: StrictStr = Field(default_factory=str)
    language: StrictStr = Field(default_factory=str)
    email: StrictStr = Field(default_factory=str)
    departments: list[Name] = Field(default_factory=list, max_length=MAX_NAMES)
    providers: list[Name] = Field(default_factory=list, max_length=MAX_NAMES)
    owner: StrictBool = Field(default_factory=bool)
    disabled: StrictBool = Field(default_factory=bool)


class ListedStaffAnswer(Answer):
    """A member of staff. ``providers`` they work for, as far as the caller works for them too."""

    id: int
    login: str = Field(examples=["maria"])
    name: str
    language: str = Field(examples=["bg"])
    email: str
    owner: bool
    departments: list[str] = Field(examples=[["sales"]])
    providers: list[Key]
    disabled: bool


class StaffAnswer(ListedStaffAnswer):
    """``has_password`` false: they have not signed in by a link yet."""

    has_password: bool
    has_second_factor: bool
    version: int


@api.get("/staff", *READERS)
def list_staff(call: Call[NoBody, PageQuery]) -> PageAnswer[ListedStaffAnswer]:
    """Lists those who work for providers in scope, by name."""
    page, cursor = page_by_place(call.query, staff(call.session, call.actor))
    items = [ListedStaffAnswer(**_listed(call, row)) for row in page]
    return PageAnswer(items=items, next_cursor=cursor)


@api.get(ONE, *READERS)
def show_staff(call: Call, address: str) -> StaffAnswer:
    """Shows a member of staff; the address is their id or login (digits are an id)."""
    return _answer(call, _find(call, address))


@api.post(
    "/staff",
    PanelFunction.STAFF_CHANGE,
    status=201,
    example={
        "login": "boris",
        "name": "Boris Ivanov",
        "departments": ["support"],
        "providers": ["nordvik"],
    },
    errors={403: ("cannot_grant",)},
)
def add_staff(call: Call[NewStaffBody]) -> StaffAnswer:
    """Adds a member of staff; they can't sign in before they are given a link."""
    details = call.body.into(StaffDetails)
    made = create_staff(call.session, details, actor=call.actor, clock=call.panel.clock)
    return _answer(call, made)


@api.patch(
    ONE,
    PanelFunction.STAFF_CHANGE,
    example={"departments": ["support"], "disabled": False, "version": 7},
    errors={403: REFUSED_RIGHTS},
)
def patch_staff(call: Call[StaffBody], address: str) -> StaffAnswer:
    """Changes a member of staff, or locks them out; nobody changes their own power."""
    person = _find(call, address)
    now, version = staff_details(person, call.actor), version_of_rights(call.session, person.id)
    details = changed(now, call.body)
    with on_state(call, now, lambda: _answer(call, person), version=version) as seen:
        changed_person = change_staff(
            call.session, person.id, details, seen=seen, actor=call.actor, clock=call.panel.clock
        )
    return _answer(call, changed_person)


@api.post(
    f"{ONE}/sign-in-link",
    PanelFunction.STAFF_CHANGE,
    example={"mail": False},
    errors={403: ("cannot_grant", "own_rights"), 422: ("mail_not_set_up", "no_address")},
    tells_secret=True,
)
def give_sign_in_link(call: Call[LinkBody], address: str) -> SignInLinkAnswer:
    """Makes a link by which a member of staff chooses a password, or mails it to them."""
    person, actor, clock = _find(call, address), call.actor, call.panel.clock
    user = user_to_invite(call.session, person.id, actor=actor, clock=clock)
    return link_answer(call, user)


@api.delete(
    f"{ONE}/second-factor",
    PanelFunction.STAFF_CHANGE,
    errors={403: ("cannot_grant", "own_rights"), 422: ("no_second_factor",)},
)
def remove_second_factor(call: Call, address: str) -> StaffAnswer:
    """Removes the second factor of somebody who lost it; they are signed out everywhere."""
    person = _find(call, address)
    reset_second_factor(call.session, person.id, actor=call.actor, clock=call.panel.clock)
    return _answer(call, person)


def _find(call: AnyCall, address: str) -> Staff:
    return find_addressed_staff(call.session, call.actor, address)


def _listed(call: AnyCall, row: Staff) -> Mapping[str, Any]:
    return {
        "id": row.id,
        "login": row.user.login,
        "name": row.name,
        "language": row.user.language,
        "email": row.user.email,
        "owner": row.owner,
        "departments": sorted(one.key for one in row.departments),
        "providers": sorted(one.key for one in seen_providers(row, call.actor)),
        "disabled": row.user.disabled_at is not None,
    }


def _answer(call: AnyCall, row: Staff) -> StaffAnswer:
    return StaffAnswer(
        **_listed(call, row),
        has_password=row.user.password_hash is not None,
        has_second_factor=second_factor(call.session, row.user_id) is not None,
        version=version_of_rights(call.session, row.id),
    )
