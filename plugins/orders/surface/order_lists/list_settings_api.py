"""The API of how a person has lists of orders: views under names of their own, and columns."""

from typing import Annotated

from pydantic import Field, StrictStr

from billing_panel.api.answer_models import Answer, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_place
from billing_panel.api.request_bodies import Body, Name, NoBody
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.web.shell.route_access import staff_only
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.change_list_settings import (
    SaveView,
    choose_columns,
    delete_view,
    rename_view,
    save_view,
)
from plugins.orders.listing.list_settings import COLUMNS, NamedView, settings_of
from plugins.orders.surface.order_lists.url_filters import FILTERS

READS = OrdersFunction.HISTORY_READ
VIEW = "/orders/views/<bigid:view_id>"

api = Api("orders_list_settings_api", "Orders")

Typed = Annotated[StrictStr, Field(max_length=200)]


class ViewBody(Body):
    """``filters``: as the address of the list has them. A view of that name is replaced."""

    name: Typed
    filters: dict[Name, Typed] = Field(
        max_length=len(FILTERS), examples=[{"stage": "active", "payment": "unpaid"}]
    )


class RenameViewBody(Body):
    """Its new name."""

    name: Typed


class ColumnsBody(Body):
    """``columns`` beside the order itself and its status."""

    columns: list[Name] = Field(max_length=len(COLUMNS), examples=[["client", "total"]])


class ViewAnswer(Answer):
    """A list of orders that the caller named."""

    id: int
    name: str = Field(examples=["To be paid"])
    filters: dict[str, str] = Field(examples=[{"payment": "unpaid"}])


class ColumnsAnswer(Answer):
    """``columns`` the caller looks at, of those there are."""

    columns: list[str] = Field(examples=[["client", "total"]])
    offered: list[str] = Field(examples=[["client", "placed", "total"]])


class RemovedViewAnswer(Answer):
    """The view that is no longer there."""

    id: int


@api.get("/orders/views", READS)
def list_views(call: Call[NoBody, PageQuery]) -> PageAnswer[ViewAnswer]:
    """Lists the views of the list of orders that the caller named; for staff alone."""
    staff_only(call.actor)
    views = settings_of(call.session, call.actor).views
    page, cursor = page_by_place(call.query, views)
    return PageAnswer(items=[_view(one) for one in page], next_cursor=cursor)


@api.post(
    "/orders/views",
    READS,
    status=201,
    example={"name": "To be paid", "filters": {"payment": "unpaid"}},
    errors={422: ("too_many_views",)},
)
def keep_view(call: Call[ViewBody]) -> ViewAnswer:
    """Keeps a list of orders under a name of the caller’s own; for staff alone."""
    staff_only(call.actor)
    body = call.body
    if unknown := sorted({*body.filters} - {*FILTERS}):
        message = text("Choose one of: %(choices)s.", choices=AnyOf([*FILTERS]))
        raise Invalid(
            [FieldError(f"filters.{name}", "unknown_filter", message) for name in unknown]
        )
    save_view(call.session, SaveView(body.name, body.filters), actor=call.actor)
    name = " ".join(body.name.split())
    views = settings_of(call.session, call.actor).views
    return next(_view(one) for one in views if one.name == name)


@api.patch(VIEW, READS, example={"name": "To be paid today"})
def change_view_name(call: Call[RenameViewBody], view_id: int) -> ViewAnswer:
    """Renames a view of the caller’s own; for staff alone."""
    staff_only(call.actor)
    rename_view(call.session, view_id, call.body.name, actor=call.actor)
    call.session.flush()
    views = settings_of(call.session, call.actor).views
    return next(_view(one) for one in views if one.id == view_id)


@api.delete(VIEW, READS)
def remove_view(call: Call, view_id: int) -> RemovedViewAnswer:
    """Deletes a view of the caller’s own; for staff alone."""
    staff_only(call.actor)
    delete_view(call.session, view_id, actor=call.actor)
    return RemovedViewAnswer(id=view_id)


@api.get("/orders/columns", READS, errors={404: ("not_found",)})
def show_columns(call: Call) -> ColumnsAnswer:
    """Shows which columns lists of orders have for the caller; for staff alone."""
    return _columns(call)


@api.put("/orders/columns", READS, example={"columns": ["client", "total"]})
def put_columns(call: Call[ColumnsBody]) -> ColumnsAnswer:
    """Chooses the columns that lists of orders have for the caller; for staff alone."""
    staff_only(call.actor)
    choose_columns(call.session, call.body.columns, actor=call.actor)
    return _columns(call)


def _columns(call: AnyCall) -> ColumnsAnswer:
    staff_only(call.actor)
    chosen = settings_of(call.session, call.actor).columns
    return ColumnsAnswer(columns=[one for one in COLUMNS if one in chosen], offered=list(COLUMNS))


def _view(view: NamedView) -> ViewAnswer:
    return ViewAnswer(id=view.id, name=view.name, filters=dict(view.asked))
