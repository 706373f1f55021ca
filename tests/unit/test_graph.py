"""The drawing of a workflow: right as SVG, and readable: measured on the lines it draws."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from billing_panel.kernel.language.text import LANGUAGES
from plugins.orders.drawing.graph_svg import SMALL_LETTER, SMALL_LINE, draw
from plugins.orders.workflow.workflow_build import parse
from tests.workflows import SHIPPED, shipped, vocabulary

SVG = "{http://www.w3.org/2000/svg}"
# those no drawing in layers avoids: a way round the middle box of three that share two ends
CROSSINGS = {"hosting": 1, "webshop": 4}

ALL = [(key, language) for key in SHIPPED for language in LANGUAGES]


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def drawing(key: str, language: str = "en") -> ET.Element:
    return ET.fromstring(draw(shipped(key), language))  # noqa: S314 (our own)


def nodes(svg: ET.Element) -> list[Box]:
    """Boxes and frames, a hair smaller, so that lines may end at them."""
    found = []
    for rect in svg.iter(f"{SVG}rect"):
        x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
        found.append(Box(x + 1, y + 1, x + width - 1, y + height - 1))
    return found


def labels(svg: ET.Element) -> list[Box]:
    found = []
    for label in svg.findall(f"{SVG}g[@class='elabel']"):
        texts = label.findall(f"{SVG}text")
        x, y = float(texts[0].get("x", "")), float(texts[0].get("y", ""))
        width = max(len(text.text or "") for text in texts) * (SMALL_LETTER - 0.4)
        found.append(Box(x, y - 10, x + width, y + (len(texts) - 1) * SMALL_LINE + 3))
    return found


def segments(path: str) -> Iterator[Box]:
    """The straight pieces of a line; its round corners are as good as their ends."""
    x = y = 0.0
    for command, written in re.findall(r"([MHVQ])([^MHVQ]*)", path):
        numbers = [float(number) for number in written.split()]
        begin = (x, y)
        match command:
            case "H":
                x = numbers[0]
            case "V":
                y = numbers[0]
            case _:
                x, y = numbers[-2:]
        if command in "HV":
            yield Box(
                min(begin[0], x) - 0.1,
                min(begin[1], y) - 0.1,
                max(begin[0], x) + 0.1,
                max(begin[1], y) + 0.1,
            )


def edges(svg: ET.Element) -> list[list[Box]]:
    paths = [path for path in svg.iter(f"{SVG}path") if "edge" in path.get("class", "")]
    return [[*segments(path.get("d", ""))] for path in paths]


def crossings(svg: ET.Element) -> int:
    """Where a level line and an upright one pass through each other."""

    def cross(one: Box, other: Box) -> bool:
        level, upright = (one, other) if one.right - one.left > 1 else (other, one)
        return (
            level.left + 2 < upright.left
            and upright.right < level.right - 2
            and upright.top + 2 < level.top
            and level.bottom < upright.bottom - 2
        )

    return sum(
        cross(piece, against)
        for one, other in combinations(edges(svg), 2)
        for piece in one
        for against in other
    )


@pytest.mark.parametrize(("key", "language"), ALL)
def test_no_label_is_on_a_line_a_box_or_another_label(key: str, language: str) -> None:
    svg = drawing(key, language)
    found = labels(svg)
    lines = [piece for edge in edges(svg) for piece in edge]
    assert found
    assert lines
    for label in found:
        assert not any(label.meets(line) for line in lines)
        assert not any(label.meets(node) for node in nodes(svg))
    assert not any(one.meets(other) for one, other in combinations(found, 2))


@pytest.mark.parametrize(("key", "language"), ALL)
def test_no_line_runs_through_a_box(key: str, language: str) -> None:
    svg = drawing(key, language)
    for node in nodes(svg):
        assert not any(node.meets(piece) for edge in edges(svg) for piece in edge)


@pytest.mark.parametrize(("key", "language"), ALL)
def test_no_line_crosses_another_that_need_not(key: str, language: str) -> None:
    assert crossings(drawing(key, language)) == CROSSINGS.get(key, 0)


@pytest.mark.parametrize(("key", "language"), ALL)
def test_everything_is_within_the_picture(key: str, language: str) -> None:
    svg = drawing(key, language)
    left, top, width, height = (float(number) for number in svg.get("viewBox", "").split())
    for box in (*nodes(svg), *labels(svg)):
        assert left <= box.left
        assert top <= box.top
        assert box.right <= left + width
        assert box.bottom <= top + height


@pytest.mark.parametrize("key", SHIPPED)
def test_it_is_drawn_with_attributes_and_classes_alone(key: str) -> None:
    svg = drawing(key)
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} == {
        *("svg", "title", "desc", "defs", "marker", "path", "rect", "g", "text")
    }
    assert not any(
        name == "style" or name.startswith("on")
        for element in svg.iter()
        for name in element.attrib
    )


@pytest.mark.parametrize("key", SHIPPED)
def test_it_says_in_words_what_it_shows(key: str) -> None:
    svg, workflow = drawing(key), shipped(key)
    title, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby", "").split() == [title.get("id"), description.get("id")]
    assert title.text == workflow.title.in_language("en")
    for step in workflow.steps:
        way = f"{step.source.title.in_language('en')} → {step.target.title.in_language('en')}: "
        assert way in (description.text or "")


@pytest.mark.parametrize("key", SHIPPED)
def test_every_status_has_its_box(key: str) -> None:
    boxes = [
        group for group in drawing(key).iter(f"{SVG}g") if "node" in (group.get("class") or "")
    ]
    assert len(boxes) == len(shipped(key).statuses)


def test_p2_is_one_frame_and_not_sixty_lines() -> None:
    svg = drawing("procurement")
    assert len(svg.findall(f"{SVG}g[@class='frame']")) == 1
    assert len(edges(svg)) == 3


def test_a_frame_says_of_its_matrix_what_is_so() -> None:
    """In P2 a few of the pairs are refused; in the webshop's frame none is."""
    for key, said in (
        ("procurement", "most can be set by hand"),
        ("webshop", "can be set by hand"),
    ):
        heads = [text.text or "" for text in drawing(key).findall(f"{SVG}g[@class='frame']/*")]
        assert [head for head in heads if head] == [f"{said} from one another"]


SMALL = """
key = "small"
titles = { en = "<b>&", ru = "<b>&", bg = "<b>&" }
entry = { status = "one" }
status = [
  { key = "one", stage = "new", tone = "info", shape = "ring", titles = { en = '"<i>&', ru = "я", bg = "я" } },
  { key = "two", stage = "done", tone = "ok", shape = "full", titles = { en = "Two", ru = "я", bg = "я" } },
  { key = "off", stage = "lost", tone = "mute", shape = "full", enabled = false, titles = { en = "Off", ru = "я", bg = "я" } },
]
transition = [
  { from = "one", to = "two", action = "send", by = "staff" },
  { from = "one", to = "off", action = "cancel", by = "staff" },
]
"""  # noqa: E501


def test_titles_are_text_whatever_stands_in_them() -> None:
    drawn = draw(parse(SMALL, vocabulary()), name="p1")
    svg = ET.fromstring(drawn)  # noqa: S314 (our own)
    assert "<i>" not in drawn
    assert '"<i>&' in {text.text for text in svg.iter(f"{SVG}text")}
    assert svg.findtext(f"{SVG}title") == "<b>&"
    assert svg.get("aria-labelledby") == "p1-title p1-description"


def test_what_is_switched_off_is_marked() -> None:
    svg = ET.fromstring(draw(parse(SMALL, vocabulary())))  # noqa: S314 (our own)
    (off,) = svg.findall(f"{SVG}g[@class='node stop off']")
    (rect,) = off.findall(f"{SVG}rect")
    assert rect.get("stroke-dasharray")
