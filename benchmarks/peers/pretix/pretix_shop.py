"""pretix (AGPL-3.0 with additional terms), so full of orders: https://github.com/pretix/pretix."""

import os
import subprocess
from pathlib import Path

import psycopg

import benchmarks.peers.virtual_environments as environments
from benchmarks.peers.copied_rows import (
    DOCUMENTS_SHARE,
    GIANTS_SHARE,
    Copied,
    copy_rows,
    owner,
    status,
)
from benchmarks.peers.django_sign_in import signed_in
from benchmarks.peers.migrated_database import migrated_database
from benchmarks.peers.passwords import CLIENT_PASSWORD, STAFF_PASSWORD
from benchmarks.peers.shop import CLIENT, DEEP, FIRST, HISTORY, ROWS, STAFF, Cookies, Page, Shop
from tests.postgres import Cluster

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
DATABASE = "pretix"
ROW, OWN_ROW = r'/control/event/seller/shop/orders/[A-Z0-9]+/"', r"/seller/shop/order/[A-Z0-9]+/"
ORDERS = f"/control/event/seller/shop/orders/?page_size={ROWS}"
DIGEST = "md5('{what}' || o.id || '-' || n)"


def pretix_shop(cluster: Cluster, redis: str, orders: int, workers: int, port: int) -> Shop:
    """Its database is made anew. It is told its own address, by which it knows its requests."""
    programs = environments.programs("pretix", REQUIREMENTS)
    environ = _environ(cluster, redis, port)
    python = str(programs / "python")

    def run(*module: str) -> None:
        subprocess.run([python, "-m", *module], env={**os.environ, **environ}, check=True)

    migrated_database(cluster, DATABASE, lambda: run("pretix", "migrate", "-v0"))
    run("benchmarks.peers.pretix.seed")
    _fill(cluster, orders)
    return Shop(
        name="pretix",
        version=environments.pinned(REQUIREMENTS, "pretix"),
        licence="AGPL-3.0 with additional terms",
        serve=(
            str(programs / "gunicorn"),
            "pretix.wsgi",
            *("--workers", str(workers), "--timeout", "120", "--no-control-socket"),
        ),
        ready="/control/login",
        environ=environ,
        sign_in=_signed_in,
        pages={
            FIRST: Page(STAFF, ORDERS, ROW),
            DEEP: Page(STAFF, f"{ORDERS}&page={int(orders * 0.9) // ROWS}", ROW),
            HISTORY: Page(CLIENT, f"/seller/account/?page_size={ROWS}", OWN_ROW),
        },
        place=(python, "-m", "benchmarks.peers.pretix.place"),
    )


def _environ(cluster: Cluster, redis: str, port: int) -> dict[str, str]:
    """Its settings. A queue that nobody empties stands for the worker's: the server fills it."""
    data = environments.KEPT / "pretix-data"
    data.mkdir(exist_ok=True)
    settings = {
        "PRETIX_URL": f"http://127.0.0.1:{port}",
        "PRETIX_CURRENCY": "EUR",
        "PRETIX_DATADIR": str(data),
        "PRETIX_LOGLEVEL": "WARNING",
        "DJANGO_SECRET": "only for measuring, and for nothing else",
        "DATABASE_BACKEND": "postgresql",
        "DATABASE_NAME": DATABASE,
        "DATABASE_USER": "postgres",
        "DATABASE_HOST": str(cluster.folder),
        "DATABASE_PORT": "5432",
        "REDIS_LOCATION": f"{redis}/2",
        "REDIS_SESSIONS": "true",
        "CELERY_BACKEND": f"{redis}/3",
        "CELERY_BROKER": f"{redis}/4",
    }
    return {
        "DJANGO_SETTINGS_MODULE": "pretix.settings",
        "PYTHONPATH": str(environments.HERE.parents[1]),
        **{f"PRETIX_{name}": value for name, value in settings.items()},
    }


def _fill(cluster: Cluster, orders: int) -> None:
    count, others = orders - 1, orders // GIANTS_SHARE
    with psycopg.connect(
        host=str(cluster.folder), user="postgres", dbname=DATABASE, autocommit=True
    ) as connection:
        row = connection.execute("SELECT id FROM pretixbase_customer").fetchone()
        assert row
        giant = int(row[0])
        client = {
            "identifier": "'K' || lpad(n::text, 7, '0')",
            "email": "'client' || n || '@example.net'",
            "name_cached": "'Client ' || n",
        }
        copy_rows(connection, [Copied("pretixbase_customer", f"o.id = {giant}", client)], others)
        copy_rows(connection, _of_orders(giant, others, count), count)
        connection.execute("VACUUM ANALYZE")


def _of_orders(giant: int, others: int, count: int) -> list[Copied]:
    own, when = {"order_id": "o.order_id + n"}, f"- ({count} - n) * interval '1 minute'"
    state = status(count, "p", "n")
    order = {
        "code": "'A' || upper(to_hex(1048576 + n))",
        "status": state,
        "email": "'client' || n || '@example.net'",
        "customer_id": owner(giant, others),
        "datetime": f"o.datetime {when}",
        "secret": f"left({_secret('s')}, 16)",
        "internal_secret": _secret("i"),
    }
    position = {
        **own,
        "secret": _secret("p"),
        "web_secret": f"left({_secret('w')}, 16)",
        "pseudonymization_id": f"upper(left({_secret('q')}, 14))",
    }
    paid = {**own, "state": status(count, "confirmed", "created")}
    number = "lpad((n + 100000)::text, 8, '0')"
    invoice = {**own, "invoice_no": number, "full_invoice_no": f"'SHOP-' || {number}"}
    of_invoice = {"invoice_id": f"o.invoice_id + n / {DOCUMENTS_SHARE}"}
    return [
        Copied("pretixbase_order", "true", order),
        Copied("pretixbase_orderposition", "true", position),
        Copied("pretixbase_orderpayment", "true", paid),
        Copied("pretixbase_invoiceaddress", "o.order_id IS NOT NULL", own),
        Copied("pretixbase_transaction", "true", own),
        Copied("pretixbase_invoice", "true", invoice, DOCUMENTS_SHARE),
        Copied("pretixbase_invoiceline", "true", of_invoice, DOCUMENTS_SHARE),
    ]


def _secret(what: str) -> str:
    return DIGEST.format(what=what)


def _signed_in(port: int) -> Cookies:
    server = f"http://127.0.0.1:{port}"
    staff = {"email": "staff@example.org", "password": STAFF_PASSWORD, "keep_logged_in": "on"}
    client = {"email": "giant@example.org", "password": CLIENT_PASSWORD}
    return {
        STAFF: signed_in(f"{server}/control/login", staff),
        CLIENT: signed_in(f"{server}/seller/account/login", client),
    }
