"""Compiled templates are kept between starts, and read only as this installation wrote them."""

from pathlib import Path

import pytest
from flask import Flask
from jinja2.environment import Environment

from billing_panel.kernel.process.config import Config
from billing_panel.web.requests import compiled_templates

SECRET_KEY = "a secret key of this test alone, and long enough"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of templates, each time one is compiled."""
    names: list[str | None] = []
    compile_one = Environment.compile

    def noted(self: Environment, source: str, name: str | None = None, *more: object) -> object:
        names.append(name)
        return compile_one(self, source, name, *more)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", noted)
    return names


def shown(tmp_path: Path, secret_key: str = SECRET_KEY, text: str = "{{ 1 }} + {{ one }}") -> str:
    """What a process that starts now shows."""
    templates = tmp_path / "of_the_panel"
    templates.mkdir(exist_ok=True)
    (templates / "page.html").write_text(text)
    app = Flask(__name__, template_folder=str(templates))
    config = Config(home=tmp_path, database_url="sqlite://", secret_key=secret_key)
    compiled_templates.install(app, config)
    return app.jinja_env.get_template("page.html").render(one=1)


def kept(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "templates").iterdir()
    return file


def test_the_next_process_compiles_nothing(tmp_path: Path, compiled: list[str | None]) -> None:
    assert shown(tmp_path) == shown(tmp_path) == "1 + 1"
    assert compiled == ["page.html"]
    assert kept(tmp_path).parent.stat().st_mode & 0o077 == 0


def test_another_text_is_compiled(tmp_path: Path, compiled: list[str | None]) -> None:
    shown(tmp_path)
    assert shown(tmp_path, text="{{ one + 1 }}") == "2"
    assert len(compiled) == 2


@pytest.mark.parametrize("content", [b"", bytes(100), b"\0" * 32 + b"import os"])
def test_what_another_wrote_is_not_run(
    tmp_path: Path, compiled: list[str | None], content: bytes
) -> None:
    shown(tmp_path)
    kept(tmp_path).write_bytes(content)
    assert shown(tmp_path) == "1 + 1"
    assert len(compiled) == 2


def test_what_was_signed_by_another_key_is_not_run(
    tmp_path: Path, compiled: list[str | None]
) -> None:
    shown(tmp_path)
    shown(tmp_path, secret_key=SECRET_KEY[::-1])
    assert len(compiled) == 2


def test_pages_do_without_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "templates").touch()
    assert shown(tmp_path) == "1 + 1"
