"""The first page: what needs whoever looks now, and what an empty panel still needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.home_parts import Chart, HomePart, Waiting
from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.home.home_hooks import HOME
from billing_panel.web.shell.page_frame import brought, places
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import may_open

# how long and how high the longest bar is, in units of the picture
WIDE, BAR = 320, 14


@dataclass(frozen=True)
class DrawnBar:
    """A bar as the picture and the table beside it have it. ``href`` empty: no list behind it."""

    label: Text | Titles | str
    said: str
    width: int
    href: str


@dataclass(frozen=True)
class DrawnChart:
    """A chart as its table has it."""

    title: Text
    measured: Text
    bars: Sequence[DrawnBar]


def show_home() -> ResponseReturnValue:
    """For a client for whom nothing waits their first place in the menu."""
    running, actor = panel(), current_actor()
    now = running.clock.now()
    with running.database.reading() as db:
        parts = _parts(db, actor, now)
        waiting = [one for one in parts if isinstance(one, Waiting) and may_open(one.endpoint)]
        if actor.client_id is not None and not waiting and (own := places(actor)):
            return redirect(url_for(own[0].endpoint, **own[0].values))
        steps = brought().setup_steps(db, actor)
        return render_template(
            "home.html",
            steps=[] if all(step.is_done for step in steps) else steps,
            greeting_name=actor.name,
            waiting=waiting,
            charts=[_drawn(one) for one in parts if isinstance(one, Chart) and one.bars],
            now=now,
            chart={"wide": WIDE, "bar": BAR},
        )


def _parts(db: Session, actor: Actor, now: datetime) -> Sequence[HomePart]:
    asked = cast("Callable[..., list[Sequence[HomePart]]]", db.info[HOME])
    return [one for parts in asked(session=db, actor=actor, now=now) for one in parts]


def _drawn(chart: Chart) -> DrawnChart:
    longest = max((bar.size for bar in chart.bars), default=0) or 1
    return DrawnChart(
        chart.title,
        chart.measured,
        [
            DrawnBar(
                label=bar.label,
                said=bar.said,
                width=max(bar.size * WIDE // longest, 1 if bar.size else 0),
                href=url_for(bar.endpoint, **bar.values)
                if bar.endpoint and may_open(bar.endpoint)
                else "",
            )
            for bar in chart.bars
        ],
    )
