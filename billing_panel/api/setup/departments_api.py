"""The API of departments: what each is called, and what is asked of and allowed to its people.

What they may do is in ``rights_api``.
"""

from decimal import Decimal

from pydantic import Field, StrictBool, StrictStr

from billing_panel.administration.staff.departments import (
    DepartmentDetails,
    department_details,
    find_department,
    save_department,
)
from billing_panel.administration.staff.permission_matrix import find_role, version_of_role
from billing_panel.administration.staff.rights_log import LogEntry, rights_log
from billing_panel.api.answer_models import Answer, Moment, PageAnswer, Percent
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_id
from billing_panel.api.request_bodies import Body, Name, NoBody, VersionedBody
from billing_panel.api.setup.seen_details import changed, on_state
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import Text, Titles, say, text
from billing_panel.kernel.values.bounded_parsing import decimal_number
from permissions.panel_functions import PanelFunction

READERS = (PanelFunction.RIGHTS_READ, PanelFunction.RIGHTS_CHANGE)
ONE = "/roles/<address>"
MAX_LANGUAGES = 20
MAX_PERCENT = 10
WRONG_RIGHTS = {403: ("cannot_grant", "own_rights"), 422: ("shared",)}

api = Api("panel_departments_api", "Rights")


class NewDepartmentBody(Body):
    """``titles`` by language. ``second_factor``: its people must have one.

    ``discount_cap``: the largest discount its people may give as an exception, a decimal number of
    percent; null: none at all.
    """

    key: StrictStr = Field(examples=["abuse_desk"])
    titles: dict[Name, StrictStr] = Field(
        max_length=MAX_LANGUAGES, examples=[{"en": "Abuse desk", "ru": "Служба жалоб"}]
    )
    second_factor: StrictBool = False
    discount_cap: StrictStr | None = Field(default=None, max_length=MAX_PERCENT)


class DepartmentBody(VersionedBody):
    """What changes; the rest stays."""

    key: StrictStr = Field(default_factory=str)
    titles: dict[Name, StrictStr] = Field(default_factory=dict, max_length=MAX_LANGUAGES)
    second_factor: StrictBool = Field(default_factory=bool)
    discount_cap: StrictStr | None = Field(default=None, max_length=MAX_PERCENT)


class DepartmentAnswer(Answer):
    """A department. ``discount_cap`` null: its people give no discounts."""

    id: int
    key: str = Field(examples=["sales"])
    titles: dict[str, str] = Field(examples=[{"en": "Sales"}])
    second_factor: bool
    discount_cap: Percent | None
    version: int


@api.get(ONE, *READERS)
def show_department(call: Call, address: str) -> DepartmentAnswer:
    """Shows a department; the address is its id or its key (digits are an id)."""
    return _answer(call, find_role(call.session, call.actor, address).id)


@api.post(
    "/roles",
    PanelFunction.RIGHTS_CHANGE,
    status=201,
    example={"key": "abuse_desk", "titles": {"en": "Abuse desk"}, "discount_cap": None},
    errors={403: ("cannot_grant",)},
)
def add_department(call: Call[NewDepartmentBody]) -> DepartmentAnswer:
    """Adds a department, which may do nothing yet."""
    details = call.body.into(DepartmentDetails, discount_cap=_cap(call.body.discount_cap))
    made = save_department(call.session, None, details, actor=call.actor, clock=call.panel.clock)
    return _answer(call, made.id)


@api.patch(
    ONE,
    PanelFunction.RIGHTS_CHANGE,
    example={"titles": {"en": "Abuse desk"}, "version": 7},
    errors=WRONG_RIGHTS,
)
def patch_department(call: Call[DepartmentBody], address: str) -> DepartmentAnswer:
    """Changes a department. A change of what its people need to sign in signs them out."""
    department_id = find_role(call.session, call.actor, address).id
    now = department_details(find_department(call.session, department_id))
    version = version_of_role(call.session, department_id)
    details = changed(now, call.body, discount_cap=_cap(call.body.discount_cap))
    with on_state(call, now, lambda: _answer(call, department_id), version=version) as seen:
        save_department(
            call.session,
            department_id,
            details,
            seen=seen,
            actor=call.actor,
            clock=call.panel.clock,
        )
    return _answer(call, department_id)


class RightsChangeAnswer(Answer):
    """A change of rights. ``who`` is empty where it happened by itself; ``whose``: a name.

    ``changes``: each in a sentence.
    """

    id: int
    at: Moment
    who: str
    whose: str = Field(examples=["Sales"])
    changes: list[str]


@api.get("/rights-log", *READERS)
def list_rights_changes(call: Call[NoBody, PageQuery]) -> PageAnswer[RightsChangeAnswer]:
    """Lists who changed whose rights, newest first; people of other providers have no names."""
    titles = {str(info.name): info.title for info in call.panel.functions}
    query = call.query
    found = rights_log(call.session, call.actor, titles, before=query.cursor, limit=query.limit + 1)
    rows, cursor = page_by_id(found, query.limit)
    return PageAnswer(items=[_change(row, call.language) for row in rows], next_cursor=cursor)


def _change(row: LogEntry, language: str) -> RightsChangeAnswer:
    return RightsChangeAnswer(
        id=row.id,
        at=row.at,
        who=say(row.who, language) if isinstance(row.who, Text) else row.who,
        whose=say(row.whose, language) if isinstance(row.whose, Titles) else row.whose,
        changes=[say(one, language) for one in row.changes],
    )


def _answer(call: AnyCall, department_id: int) -> DepartmentAnswer:
    row = find_department(call.session, department_id)
    cap = row.discount_cap
    return DepartmentAnswer(
        id=row.id,
        key=row.key,
        titles=row.titles,
        second_factor=row.second_factor,
        discount_cap=None if cap is None else f"{cap:f}",
        version=version_of_role(call.session, row.id),
    )


def _cap(written: str | None) -> Decimal | None:
    """Raises Invalid."""
    if written is None:
        return None
    percent = decimal_number(written)
    if percent is None:
        message = text("Use a percentage from 0 to 100, with at most four decimals.")
        raise Invalid([FieldError("discount_cap", "percent", message)])
    return percent
