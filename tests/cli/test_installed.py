"""What is built for installing holds every page, template, static file and migration, and starts.

A wheel is packed from what ``build_py`` and ``egg_info`` write: they are run alone, which asks for
no network. The panel then runs from that folder, without the checkout on its path.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.conftest import new_home

ROOT = Path(__file__).parents[2]
PACKAGES = ("billing_panel", "invoices", "permissions", "plugins", "templates")
MAIN = "import sys; from billing_panel.cli.main import main; sys.exit(main())"
TEMPLATES = """
import json
from billing_panel.runtime.app import create_app
from billing_panel.migrations.revisions import HERE
jinja = create_app().jinja_env
for name in (names := jinja.list_templates(extensions=["html"])):
    jinja.get_template(name)
print(json.dumps([str(HERE), names]))
"""
# the panel's own, and one of each plugin: a page for whoever is signed in leads to the first
ANSWERS = {
    "/healthz": 200,
    "/sign-in": 200,
    "/orders": 200,
    "/static/orders/new-order.js": 200,
    "/documents/1.pdf": 200,
    "/sandbox/payments/nothing": 404,
    "/api/v1/payment-gateways/stripe/webhook": 405,
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as installing makes it."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name in PACKAGES:
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=left_out)
    for name in ("setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    commands = ["egg_info", "--egg-base", str(folder), "build_py", "--build-lib", str(folder)]
    build = [sys.executable, "-c", "from setuptools import setup; setup()", *commands]
    ran = subprocess.run(build, cwd=source, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder


def environment(site: Path, home: Path) -> dict[str, str]:
    """Libraries from where these tests have them, the panel from ``site`` alone."""
    libraries = Path(pytest.__file__).parents[1]
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(site), str(libraries)]),
        "BILLING_PANEL_HOME": str(home),
        "BILLING_PANEL_SANDBOX": "1",
        "LC_ALL": "C.UTF-8",
    }


def python(code: str, *arguments: str) -> list[str]:
    """``-S``: no editable checkout is put on the path by its .pth file."""
    return [sys.executable, "-S", "-c", code, *arguments]


@pytest.fixture(scope="module")
def home(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installed panel's home, with the fonts that the tests made at their first run."""
    folder = new_home(tmp_path_factory.mktemp("installed") / "home")
    command(built, folder, "init")
    return folder


def command(site: Path, home: Path, *arguments: str) -> None:
    where = environment(site, home)
    run = partial(subprocess.run, env=where, cwd=home, capture_output=True, text=True, check=False)
    ran = run(python(MAIN, *arguments))
    assert ran.returncode == 0, ran.stderr


def test_every_file_of_the_packages_is_built(built: Path) -> None:
    there = {
        path.relative_to(ROOT)
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {path for path in there if not (built / path).exists()} == set()


@pytest.fixture
def address(built: Path, home: Path) -> Iterator[str]:
    """Where the installed panel answers, with the demo data."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command(built, home, "demo")
    url = f"http://127.0.0.1:{port}"
    where = environment(built, home) | {"BILLING_PANEL_PUBLIC_URL": url}
    serve = python(MAIN, "serve", "--port", str(port))
    with subprocess.Popen(serve, env=where, cwd=home, stderr=subprocess.DEVNULL) as server:
        yield url
        server.terminate()
        server.wait(timeout=20)


def answer(url: str) -> int:
    """The status; waits for a server that is about to start."""
    for _ in range(300):
        try:
            with urlopen(url, timeout=20) as answered:  # noqa: S310 (our own server)
                return int(answered.status)
        except URLError as error:
            if (status := getattr(error, "code", None)) is not None:
                return int(status)
            time.sleep(0.2)
    raise AssertionError("the server does not answer")


def test_every_template_is_found_and_reads(built: Path, home: Path) -> None:
    where = environment(built, home)
    told = subprocess.check_output(python(TEMPLATES), env=where, cwd=home, text=True)
    migrations, names = json.loads(told)
    assert Path(migrations).is_relative_to(built)
    there = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("plugins/*/templates/**/*.html")]
    assert {path.name for path in there} <= {Path(name).name for name in names}


def test_it_starts_and_answers_for_each_plugin(address: str) -> None:
    assert {path: answer(address + path) for path in ANSWERS} == ANSWERS
