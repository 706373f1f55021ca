"""Items of the feed as a browser receives them: server-sent events, or JSON. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from billing_panel.kernel.extension.feed_sources import Addressed
from billing_panel.live.event_visibility import Judge, News, Surroundings
from billing_panel.live.feed_cursor import Cursor
from billing_panel.live.log_reader import LoggedEvent, Passed

NEWS = "news"
# what programs are sent
EVENT = "event"
# Whoever was away for longer than is told again loads what they look at again.
RESET = "reset"


@dataclass(frozen=True)
class Item:
    """``name`` of the event, what it says, and the cursor of whoever has received it."""

    name: str
    data: Mapping[str, object]
    cursor: Cursor


def items_for(
    judge: Judge, user_id: int | None, passed: Iterable[Passed], around: Surroundings
) -> Iterator[Item]:
    """What ``judge`` lets through, and what is addressed to ``user_id``."""
    for one in passed:
        if isinstance(one.what, Addressed):
            if one.what.user_id == user_id:
                yield Item(one.source, one.what.data, one.cursor)
        elif (news := judge.news(one.what, around)) is not None:
            yield Item(NEWS, news, one.cursor)


def events_for(
    judge: Judge, passed: Iterable[Passed], around: Surroundings
) -> Iterator[tuple[LoggedEvent, Item]]:
    """What ``judge`` lets through of the log, as programs receive it, with its event."""
    for one in passed:
        if isinstance(one.what, Addressed):
            continue
        if (news := judge.news(one.what, around)) is not None:
            yield one.what, Item(EVENT, as_event(news, one.what), one.cursor)


def as_event(news: News, entry: LoggedEvent) -> Mapping[str, object]:
    """The same news as the API has them: with the moment, the client as an object."""
    client = news["client"]
    told_client = None if client is None else {"id": client}
    return {**news, "client": told_client, "at": entry.at.isoformat()}


def as_stream(items: Iterable[Item]) -> bytes:
    """JSON has no line ends of its own, so each is one line of data."""
    return "".join(
        f"id: {item.cursor}\nevent: {item.name}\ndata: {_json(item.data)}\n\n" for item in items
    ).encode()


def as_json(item: Item) -> Mapping[str, object]:
    """What the log tells stands there as it is; what has another name says so."""
    return item.data if item.name == NEWS else {"event": item.name, **item.data}


def heartbeat(cursor: Cursor) -> bytes:
    """No event: the connection is alive, and goes on from here when it breaks off."""
    return f": still here\nid: {cursor}\n\n".encode()


def opening(retry_milliseconds: int) -> bytes:
    """How long a browser waits before it comes again, at the beginning of each connection."""
    return f"retry: {retry_milliseconds}\n: the panel's live feed\n\n".encode()


def reset(cursor: Cursor) -> Item:
    return Item(RESET, {}, cursor)


def _json(data: Mapping[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
