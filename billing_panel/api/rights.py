"""The API of the permission matrix: departments (roles), and single people (H4).

``version`` is the number of the last entry in the log about a department or a person.
"""

from typing import Any, Self

from pydantic import Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from billing_panel.accounts.people.staff import Staff
from billing_panel.administration.staff.change_staff import staff
from billing_panel.administration.staff.rights import (
    SwitchesDetails,
    set_role_functions,
    set_staff_functions,
    switches_for,
)
from billing_panel.administration.staff.roles import (
    Role,
    find_role,
    read_matrix,
    rights_of,
    version_of_rights,
    version_of_role,
)
from billing_panel.api.bodies import (
    MAX_NAMES,
    Body,
    Name,
    NoBody,
    query_values,
    short_page,
)
from billing_panel.api.routes import Answer, Api, Call
from billing_panel.kernel.language.errors import Conflict, NotFound
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.ids import addressed
from permissions.functions import PanelFunction

READERS = (PanelFunction.RIGHTS_READ, PanelFunction.RIGHTS_CHANGE)
STAFF_READERS = (
    PanelFunction.STAFF_READ,
    PanelFunction.STAFF_CHANGE,
    PanelFunction.MEMBER_RIGHTS_CHANGE,
)

api = Api("panel_rights_api")


class RoleBody(Body):
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
            raise PydanticCustomError("one_of", "send functions or switches, one of the two")
        return self


@api.get("/roles", *READERS)
def list_roles(call: Call[NoBody]) -> Answer:
    values = query_values("limit", "cursor")
    page, cursor = short_page(values, read_matrix(call.session, call.actor).roles)
    return {"items": [_role(call, role) for role in page], "next_cursor": cursor}


@api.get("/roles/<address>/functions", *READERS)
def show_role(call: Call[NoBody], address: str) -> Answer:
    return _role(call, find_role(call.session, call.actor, address))


@api.put("/roles/<address>/functions", PanelFunction.RIGHTS_CHANGE, body=RoleBody)
def put_role(call: Call[RoleBody], address: str) -> Answer:
    role = find_role(call.session, call.actor, address)
    try:
        set_role_functions(
            call.session,
            role.id,
            call.body.functions,
            version=_seen(call),
            known=call.panel.known,
            actor=call.actor,
            clock=call.panel.clock,
        )
    except Conflict as error:
        error.facts["current"] = _role(call, find_role(call.session, call.actor, address))
        raise
    return _role(call, find_role(call.session, call.actor, address))


@api.get("/staff/<address>/functions", *STAFF_READERS)
def show_person(call: Call[NoBody], address: str) -> Answer:
    return _person(call, _find(call, address))


@api.put("/staff/<address>/functions", PanelFunction.MEMBER_RIGHTS_CHANGE, body=PersonBody)
def put_person(call: Call[PersonBody], address: str) -> Answer:
    person = _find(call, address)
    try:
        set_staff_functions(
            call.session,
            person.id,
            _switches(call, call.session, person),
            version=_seen(call),
            known=call.panel.known,
            actor=call.actor,
            clock=call.panel.clock,
        )
    except Conflict as error:
        error.facts["current"] = _person(call, person)
        raise
    return _person(call, person)


def _switches(call: Call[PersonBody], session: Session, person: Staff) -> SwitchesDetails:
    if call.body.switches is not None:
        return SwitchesDetails(call.body.switches)
    return switches_for(session, person, call.body.functions or (), call.panel.known)


def _seen(call: Call[RoleBody] | Call[PersonBody]) -> int | None:
    return call.body.version if call.seen_version is None else call.seen_version


def _find(call: Call[Any], address: str) -> Staff:
    """By id or login, in the actor's scope. Raises NotFound."""
    people = staff(call.session, call.actor)
    found = addressed(address, people, lambda person: person.user.login)
    if found is None:
        raise NotFound(text("No such member of staff, or you don’t have access to them."))
    return found


def _role(call: Call[Any], role: Role) -> dict[str, Any]:
    return {
        "id": role.id,
        "key": role.key,
        "title": say(role.title, call.language),
        "people": role.people,
        "functions": sorted(role.functions),
        "version": version_of_role(call.session, role.id),
    }


def _person(call: Call[Any], person: Staff) -> dict[str, Any]:
    rights = rights_of(call.session, person, call.panel.known)
    return {
        "id": person.id,
        "login": person.user.login,
        "name": person.name,
        "owner": person.owner,
        "roles": [row.key for row in person.departments],
        "functions": sorted(rights.held),
        "switches": dict(sorted(rights.switches.items())),
        "origins": {
            name: {"owner": one.owner, "own": one.own, "roles": list(one.departments)}
            for name, one in sorted(rights.origins.items())
            if one.held or one.own is not None
        },
        "version": version_of_rights(call.session, person.id),
    }
