"""What templates must not do, and no page of a test may happen to show."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("templates", "plugins")
    for path in (ROOT / folder).rglob("*.html")
)
# {{ ' class="x"' if y }}: the quotes would be escaped, and the value be "x" with its quotes
ATTRIBUTE_AS_VALUE = re.compile(r"""\{\{-? *'[^'}]*="[^}]*\}\}""")


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_attribute_is_written_as_a_value(name: str) -> None:
    found = ATTRIBUTE_AS_VALUE.findall((ROOT / name).read_text("utf-8"))
    assert not found, 'write {% if y %} class="x"{% endif %}'
