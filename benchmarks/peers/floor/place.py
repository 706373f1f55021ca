"""Writes the rows of the panel's newest order over again when told to (``placing_loop``)."""

import os
from itertools import cycle

from sqlalchemy import make_url

from benchmarks.measuring.plain_sql import Plain
from benchmarks.peers.placing_loop import answer
from benchmarks.writing.placing_floor import Written
from billing_panel.migrations.schema import metadata

if __name__ == "__main__":
    metadata()
    plain = Plain(make_url(os.environ["FLOOR_DATABASE"]))
    written = Written.last(plain)
    rows = plain.rows("SELECT id FROM client WHERE substr(login, 1, 7) = 'client-'")
    clients = cycle([client for (client,) in rows])
    answer(lambda: written.again(plain, next(clients)), lambda: plain.sent)
