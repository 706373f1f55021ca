"""What a person may ask for: a copy of everything held about them, and erasure.

What the law keeps stays: documents as they were issued, and the ledger. Plugins bring what they
hold by ``panel_client_records``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.administration.clients.client_change_guards import refuse_erased, refuse_shared
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.database.row_locks import lock, lock_row
from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.language.errors import Reason, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction

Records = Sequence[ClientRecords]


@dataclass(frozen=True)
class Held:
    """All that is held about a client: plain JSON, and ``files`` by their names."""

    plain: Mapping[str, Any]
    files: Mapping[str, bytes]


def export_client(
    database: Database, client_id: int, records: Records, *, actor: Actor, clock: Clock
) -> Held:
    """Everything that is held about the client; that it was taken is written down.

    It is read after that was written: no writer waits while all of their orders are read.

    Raises FunctionNotHeld, NotFound, Forbidden ``shared_client``.
    """
    with database.writing() as session:
        client = _seen(session, client_id, PanelFunction.CLIENT_EXPORT, actor)
        _record(session, "client.exported", client, actor=actor, clock=clock)
    plain: dict[str, Any] = {"exported_at": clock.now().isoformat()}
    files: dict[str, bytes] = {}
    with database.snapshot() as session:
        for one in records:
            plain.update(one.export(session, client.id))
            files.update(one.files(session, client.id))
    return Held(plain, files)


@slow
def as_json(held: Held) -> bytes:
    """Write what is held as JSON, in UTF-8; files are not in it."""
    return json.dumps(held.plain, ensure_ascii=False, indent=2).encode()


@slow
def as_zip(held: Held) -> bytes:
    """Pack what is held: ``client.json``, and the files by their names."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("client.json", as_json(held))
        for name, content in held.files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def reasons_to_keep(session: Session, client_id: int, records: Records) -> Sequence[Reason]:
    """Why the client can't be erased yet; empty: they can."""
    return [reason for one in records for reason in one.hinders(session, client_id)]


def preview(
    session: Session, client_id: int, records: Records, *, actor: Actor
) -> tuple[Preview, Sequence[Reason]]:
    """What would be erased and kept, and why it cannot be done yet.

    Raises FunctionNotHeld, NotFound, Forbidden ``shared_client``, Conflict ``client_erased``.
    """
    client = _seen(session, client_id, PanelFunction.CLIENT_ERASE, actor)
    refuse_erased(client)
    told = [one.preview(session, client.id) for one in records]
    whole = Preview(
        erased=[line for part in told for line in part.erased],
        kept=[line for part in told for line in part.kept],
    )
    return whole, reasons_to_keep(session, client.id, records)


def erase_client(
    session: Session, client_id: int, records: Records, *, actor: Actor, clock: Clock
) -> Client:
    """Forget who the client is, for good.

    Raises FunctionNotHeld, NotFound, Forbidden ``shared_client``, Conflict ``client_erased``, and
    Refused ``cannot_be_erased`` with the reasons.
    """
    _lock(session, _seen(session, client_id, PanelFunction.CLIENT_ERASE, actor))
    client = _seen(session, client_id, PanelFunction.CLIENT_ERASE, actor)
    refuse_erased(client)
    if reasons := reasons_to_keep(session, client.id, records):
        raise Refused(
            text("The client can’t be erased yet."), code="cannot_be_erased", reasons=reasons
        )
    for one in records:
        one.erase(session, client.id, clock.now())
    session.flush()
    _record(session, "client.erased", client, actor=actor, clock=clock)
    return client


def _seen(session: Session, client_id: int, function: PanelFunction, actor: Actor) -> Client:
    require(actor, function)
    client = find_client(session, actor, client_id=client_id)
    refuse_shared(client, actor)
    return client


def _lock(session: Session, client: Client) -> None:
    """Whoever orders for them waits, and finds nobody."""
    pairs = select(Membership.client_id).where(Membership.client_id == client.id)
    lock(session, pairs.order_by(Membership.provider_id).with_for_update())
    lock_row(session, client)


def _record(session: Session, kind: str, client: Client, *, actor: Actor, clock: Clock) -> None:
    record(
        session,
        kind,
        actor=actor,
        at=clock.now(),
        subject=("client", client.id),
        client_id=client.id,
    )
