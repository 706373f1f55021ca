"""A demo file, which is TOML beside this module."""

import tomllib
from importlib.resources import files
from typing import Any


def read_toml(name: str) -> dict[str, Any]:
    """The demo file of that name, without its ending."""
    source = files("billing_panel.demo").joinpath(f"{name}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))
