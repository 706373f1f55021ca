"""The API of the permission matrix: departments (roles), and single people (H4).

``version`` is the number of the last entry in the log about a department or a person.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from billing_panel.accounts.people.staff_models import Staff
from billing_panel.administration.staff.change_rights import (
    SwitchesDetails,
    set_role_functions,
    set_staff_functions,
    switches_for,
)
from billing_panel.administration.staff.change_staff import find_addressed_staff
from billing_panel.administration.staff.permission_matrix import (
    Role,
    find_role,
    read_matrix,
    rights_of,
    version_of_rights,
    version_of_role,
)
from billing_panel.api.answer_models import Answer, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_place
from billing_panel.api.request_bodies import MAX_NAMES, Body, Name, NoBody, mistake
from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.text import say, text
from permissions.panel_functions import PanelFunction

READERS = (PanelFunction.RIGHTS_READ, PanelFunction.RIGHTS_CHANGE)
STAFF_READERS = (
    PanelFunction.STAFF_READ,
    PanelFunction.STAFF_CHANGE,
    PanelFunction.MEMBER_RIGHTS_CHANGE,
)

api = Api("panel_rights_api", "Rights")


class RoleBody(Body):
    """``functions`` that shall be On, and no others."""

    functions: list[Name] = Field(max_length=MAX_NAMES)
    version: StrictInt | None = None


class PersonBody(Body):
    """``functions`` they shall hold, all in all; or own ``switches``, which win."""

    functions: list[Name] | None = Field(default=None, max_length=MAX_NAMES)
    switches: dict[Name, StrictBool] | None = Field(default=None, max_length=MAX_NAMES)
    version: StrictInt | None = None

    @model_validator(mode="after")
    def one_of_the_two(self) -> Self:
        if (self.functions is None) is (self.switches is None):
            raise mistake("one_of", text("Send either functions or switches."))
        return self


class RoleAnswer(Answer):
    """A department. ``people``: how many may sign in. ``functions`` that are On."""

    id: int
    key: str = Field(examples=["sales"])
    title: str
    people: int
    functions: list[str] = Field(examples=[["orders:order:create"]])
    version: int


class OriginAnswer(Answer):
    """Where a function is from. ``own``: a switch of their own; ``roles``: departments."""

    owner: bool
    own: bool | None
    roles: list[str] = Field(examples=[["sales"]])


class PersonAnswer(Answer):
    """What a member of staff holds: ``functions`` in all, their own ``switches``, and why."""

    id: int
    login: str = Field(examples=["maria"])
    name: str
    owner: bool
    roles: list[str] = Field(examples=[["sales"]])
    functions: list[str] = Field(examples=[["orders:order:create"]])
    switches: dict[str, bool] = Field(examples=[{"orders:order:create": False}])
    origins: dict[str, OriginAnswer]
    version: int


@api.get("/roles", *READERS)
def list_roles(call: Call[NoBody, PageQuery]) -> PageAnswer[RoleAnswer]:
    """Lists departments with the functions that are On for each."""
    page, cursor = page_by_place(call.query, read_matrix(call.session, call.actor).roles)
    return PageAnswer(items=[_role(call, role) for role in page], next_cursor=cursor)


@api.get("/roles/<address>/functions", *READERS)
def show_role(call: Call, address: str) -> RoleAnswer:
    """Shows what is On for a department; the address is its id or its key (digits are an id)."""
    return _role(call, find_role(call.session, call.actor, address))


@api.put(
    "/roles/<address>/functions",
    PanelFunction.RIGHTS_CHANGE,
    example={"functions": ["orders:order:create", "orders:order:read"], "version": 7},
    errors={403: ("cannot_grant", "own_rights"), 422: ("unknown_function", "shared")},
)
def put_role(call: Call[RoleBody], address: str) -> RoleAnswer:
    """Switches exactly these functions On for a department."""
    role = find_role(call.session, call.actor, address)
    with _current_told(lambda: _role(call, find_role(call.session, call.actor, address))):
        set_role_functions(
            call.session,
            role.id,
            call.body.functions,
            version=call.version,
            known=call.panel.known,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _role(call, find_role(call.session, call.actor, address))


@api.get("/staff/<address>/functions", *STAFF_READERS)
def show_person(call: Call, address: str) -> PersonAnswer:
    """Shows what a member of staff holds; the address is their id or login (digits are an id)."""
    return _person(call, find_addressed_staff(call.session, call.actor, address))


@api.put(
    "/staff/<address>/functions",
    PanelFunction.MEMBER_RIGHTS_CHANGE,
    example={"switches": {"orders:order:create": False}, "version": 7},
    errors={
        403: ("cannot_grant", "own_rights"),
        422: ("unknown_function", "owner"),
    },
)
def put_person(call: Call[PersonBody], address: str) -> PersonAnswer:
    """Sets which functions a member of staff holds in all, or their own switches.

    Own switches win over their departments.
    """
    person = find_addressed_staff(call.session, call.actor, address)
    with _current_told(lambda: _person(call, person)):
        set_staff_functions(
            call.session,
            person.id,
            _switches(call, person),
            version=call.version,
            known=call.panel.known,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _person(call, person)


@contextmanager
def _current_told(current: Callable[[], Answer]) -> Iterator[None]:
    """A conflict is answered with what is there now."""
    try:
        yield
    except Conflict as error:
        error.facts["current"] = current()
        raise


def _switches(call: Call[PersonBody], person: Staff) -> SwitchesDetails:
    if call.body.switches is not None:
        return SwitchesDetails(call.body.switches)
    return switches_for(call.session, person, call.body.functions or (), call.panel.known)


def _role(call: AnyCall, role: Role) -> RoleAnswer:
    return RoleAnswer(
        id=role.id,
        key=role.key,
        title=say(role.title, call.language),
        people=role.people,
        functions=sorted(role.functions),
        version=version_of_role(call.session, role.id),
    )


def _person(call: AnyCall, person: Staff) -> PersonAnswer:
    rights = rights_of(call.session, person, call.panel.known)
    return PersonAnswer(
        id=person.id,
        login=person.user.login,
        name=person.name,
        owner=person.owner,
        roles=[row.key for row in person.departments],
        functions=sorted(rights.held),
        switches=dict(sorted(rights.switches.items())),
        origins={
            name: OriginAnswer(owner=one.owner, own=one.own, roles=list(one.departments))
            for name, one in sorted(rights.origins.items())
            if one.held or one.own is not None
        },
        version=version_of_rights(call.session, person.id),
    )
