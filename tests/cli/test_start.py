"""What a command loads: what it uses, and nothing else (docs/performance.md, *Start*)."""

import subprocess
import sys

import pytest

from tests.cli.shell import Shell

HOUSE = ("billing_panel", "invoices", "permissions", "plugins")
# what takes long or holds much, and what few commands use
HEAVY = frozenset(
    {
        "alembic",
        "authlib",
        "cryptography",
        "fontTools",
        "gunicorn",
        "lxml",
        "num2words",
        "PIL",
        "psycopg",
        "pydantic",
        "pyotp",
        "requests",
        "rich",
        "segno",
        "stdnum",
        "stripe",
        "structlog",
        "weasyprint",
        "wtforms",
        "zxcvbn",
    }
)
# what shows pages, answers the API, reads forms or changes anything
UNREAD = ("_page", "_pages", "_api", "_form", "place_order", "effects", ".workflow.workflow")
LOADED = """
import sys
sys.argv = ["billing-panel", *sys.argv[1:]]
from billing_panel.cli.main import main
try:
    main()
except SystemExit as end:
    print("|".join(sorted(sys.modules)), file=sys.stderr)
    raise
"""


def loaded(shell: Shell, *arguments: str) -> set[str]:
    """The modules that were loaded when the command had done what was asked."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        env=shell.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stderr.splitlines()[-1].split("|"))


def of_the_house(found: set[str]) -> set[str]:
    return {name for name in found if name.startswith(HOUSE)}


def test_help_loads_plugins_and_their_functions_alone(demo: Shell) -> None:
    found = loaded(demo, "--help")
    assert not found & {*HEAVY, "flask", "sqlalchemy"}
    own = of_the_house(found)
    assert not {name for name in own if name.endswith(("_page", "_pages", "_api", "_cli"))}
    assert "billing_panel.kernel.database.database" not in own


@pytest.mark.parametrize("command", [("orders",), ("order", "show", "10001")])
def test_a_reading_command_loads_no_page_no_form_and_nothing_that_writes(
    demo: Shell, command: tuple[str, ...]
) -> None:
    found = loaded(demo, *command)
    assert "plugins.orders.store.find_orders" in found
    assert not found & HEAVY
    assert not {name for name in of_the_house(found) if name.endswith(UNREAD)}


def test_serving_loads_nothing_of_the_worker_and_of_the_demo(demo: Shell) -> None:
    found = loaded(demo, "serve", "--help")
    assert "billing_panel.runtime.app" in found
    assert not found & {"alembic", "huey", "psycopg", "requests", "weasyprint"}
    assert not {name for name in of_the_house(found) if ".demo_file" in name or "load_demo" in name}


MAPPED = """
from billing_panel.kernel.process.config import from_environment
from billing_panel.core.plugins import load_plugins
from billing_panel.runtime.open_panel import open_panel
from billing_panel.runtime.work import complete
from billing_panel.kernel.database.column_types import Base
config = from_environment()
complete(open_panel(config, load_plugins()))
before = {*Base.metadata.tables}, {mapper.configured for mapper in Base.registry.mappers}
from billing_panel.migrations.schema import metadata
print(before == ({*metadata().tables}, {True}))
"""


def test_all_is_mapped_before_the_threads_of_a_worker_begin(demo: Shell) -> None:
    """Else what one of them maps while another imports stays broken."""
    ran = subprocess.run(
        [sys.executable, "-c", MAPPED],
        env=demo.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == ["True"]
