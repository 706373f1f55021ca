"""django-oscar (BSD), filled with so many orders: https://github.com/django-oscar/django-oscar."""

import os
import subprocess
from pathlib import Path

import psycopg

import benchmarks.peers.virtual_environments as environments
from benchmarks.peers.copied_rows import GIANTS_SHARE, Copied, copy_rows, owner, status
from benchmarks.peers.django_sign_in import signed_in
from benchmarks.peers.migrated_database import migrated_database
from benchmarks.peers.passwords import CLIENT_PASSWORD, STAFF_PASSWORD
from benchmarks.peers.shop import CLIENT, DEEP, FIRST, HISTORY, ROWS, STAFF, Cookies, Page, Shop
from tests.postgres import Cluster

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
DATABASE = "oscar"
ROW, OWN_ROW = r'name="selected_order"', r'href="/accounts/orders/\d+/"'
ORDERS = "/dashboard/orders/"
PLACED = "o.date_placed - ({count} - n) * interval '1 minute'"


def oscar_shop(cluster: Cluster, redis: str, orders: int, workers: int) -> Shop:
    """Its database is made anew."""
    programs = environments.programs("oscar", REQUIREMENTS)
    environ = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.oscar.settings",
        "PYTHONPATH": str(environments.HERE.parents[1]),
        "OSCAR_DATABASE": DATABASE,
        "OSCAR_DATABASE_HOST": str(cluster.folder),
        "OSCAR_REDIS": f"{redis}/1",
    }
    python = str(programs / "python")

    def run(*module: str) -> None:
        subprocess.run([python, "-m", *module], env={**os.environ, **environ}, check=True)

    migrated_database(cluster, DATABASE, lambda: run("django", "migrate", "-v0"))
    run("benchmarks.peers.oscar.seed")
    _fill(cluster, orders)
    return Shop(
        name="django-oscar",
        version=environments.pinned(REQUIREMENTS, "django-oscar"),
        licence="BSD-3-Clause",
        serve=(
            str(programs / "gunicorn"),
            "benchmarks.peers.oscar.wsgi",
            *("--workers", str(workers), "--timeout", "120", "--no-control-socket"),
        ),
        ready="/accounts/login/",
        environ=environ,
        sign_in=_signed_in,
        pages={
            FIRST: Page(STAFF, ORDERS, ROW),
            DEEP: Page(STAFF, f"{ORDERS}?page={int(orders * 0.9) // ROWS}", ROW),
            HISTORY: Page(CLIENT, "/accounts/orders/", OWN_ROW),
        },
        place=(python, "-m", "benchmarks.peers.oscar.place"),
    )


def _fill(cluster: Cluster, orders: int) -> None:
    count, others = orders - 1, orders // GIANTS_SHARE
    with psycopg.connect(
        host=str(cluster.folder), user="postgres", dbname=DATABASE, autocommit=True
    ) as connection:
        row = connection.execute("SELECT id FROM auth_user WHERE username = 'giant'").fetchone()
        assert row
        giant = int(row[0])
        client = {
            "username": "'client' || n",
            "email": "'client' || n || '@example.net'",
            "first_name": "'Anna' || n",
            "last_name": "'Client' || n",
        }
        copy_rows(connection, [Copied("auth_user", f"o.id = {giant}", client)], others)
        copy_rows(connection, _of_orders(giant, others, count), count)
        connection.execute("VACUUM ANALYZE")


def _of_orders(giant: int, others: int, count: int) -> list[Copied]:
    state, own = status(count, "Complete", "Pending"), {"order_id": "o.order_id + n"}
    order = {
        "number": "100000 + o.id + n",
        "status": state,
        "user_id": owner(giant, others),
        "date_placed": PLACED.format(count=count),
        "basket_id": "o.basket_id + n",
        "shipping_address_id": "o.shipping_address_id + n",
        "billing_address_id": "o.billing_address_id + n",
    }
    each = "SELECT basket_id FROM order_order"
    return [
        Copied("basket_basket", f"o.id IN ({each})", {"owner_id": owner(giant, others)}),
        Copied("order_shippingaddress", "true"),
        Copied("order_billingaddress", "true"),
        Copied("order_order", "true", order),
        Copied("order_line", "true", {**own, "status": state}),
        Copied("order_lineprice", "true", {**own, "line_id": "o.line_id + n * 3"}),
    ]


def _signed_in(port: int) -> Cookies:
    server, sent = f"http://127.0.0.1:{port}", {"login_submit": "Log In"}
    staff = {"username": "staff@example.org", "password": STAFF_PASSWORD}
    client = {
        "login-username": "giant@example.org",
        "login-password": CLIENT_PASSWORD,
    }
    return {
        STAFF: signed_in(f"{server}/dashboard/login/", sent | staff),
        CLIENT: signed_in(f"{server}/accounts/login/", sent | client),
    }
