"""``workflows check`` and ``workflows show``: what they print and how they end."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.keyboard import Keyboard
from tests.workflows import SHIPPED, shipped

FILES = Path(__file__).parents[2] / "plugins" / "orders" / "workflows"


@pytest.fixture
def keyboard() -> Keyboard:
    """No database: the commands open none."""
    return Keyboard()


def test_what_ships_is_right(keyboard: Keyboard) -> None:
    files = [str(FILES / f"{key}.toml") for key in SHIPPED]
    assert keyboard.read("workflows", "check", *files) == [
        f"{file}: nothing is wrong" for file in files
    ]


def test_every_mistake_of_every_file_is_told(keyboard: Keyboard, tmp_path: Path) -> None:
    desk = (FILES / "desk.toml").read_text(encoding="utf-8")
    wrong, broken = tmp_path / "wrong.toml", tmp_path / "broken.toml"
    wrong.write_text(
        desk.replace('action = "void"', 'action = "viod"').replace('ru = "Принят", ', ""),
        encoding="utf-8",
    )
    broken.write_text("key = \n", encoding="utf-8")
    told = keyboard.refuse("workflows", "check", str(wrong), str(broken)).splitlines()
    assert len(told) == 3
    assert told[0].startswith(f"{wrong}: status.accepted.titles (line ")
    assert "The title in ru is missing. → Write the title in each of: en, ru, and bg." in told[0]
    assert told[1].startswith(f"{wrong}: transition.3.action (line ")
    assert told[2].startswith(f"{broken}: The file is not TOML")


def test_mistakes_as_json(keyboard: Keyboard, tmp_path: Path) -> None:
    file = tmp_path / "bare.toml"
    file.write_text('key = "bare"\ntitles = { en = "a", ru = "б", bg = "б" }\n', encoding="utf-8")
    typed = keyboard.type("workflows", "check", str(file), "--json")
    assert typed.exit_code == 1
    (told,) = json.loads(typed.stdout)["files"]
    assert [(m["place"], m["code"]) for m in told["mistakes"]] == [
        ("entry", "missing_key"),
        ("status", "missing_key"),
    ]
    assert all(m["message"] and m["remedy"] for m in told["mistakes"])


def test_a_file_that_is_no_text_is_refused_and_the_others_are_judged(
    keyboard: Keyboard, tmp_path: Path
) -> None:
    file, bare = tmp_path / "x.toml", tmp_path / "bare.toml"
    file.write_bytes(b"\xff\xfe")
    bare.write_text('key = "bare"\ntitles = { en = "a", ru = "б", bg = "б" }\n', encoding="utf-8")
    told = keyboard.refuse("workflows", "check", str(file), str(bare)).splitlines()
    assert [line.partition(": ")[0] for line in told] == [str(file), str(bare), str(bare)]
    assert "The file can’t be read" in told[0]
    typed = keyboard.type("workflows", "check", str(file), "--json")
    assert typed.exit_code == 1
    ((mistake,),) = [one["mistakes"] for one in json.loads(typed.stdout)["files"]]
    assert (mistake["code"], mistake["line"]) == ("unreadable", None)
    assert "can’t be read" in keyboard.refuse("workflows", "show", str(file))


@pytest.mark.parametrize("key", SHIPPED)
def test_a_workflow_as_json(keyboard: Keyboard, key: str) -> None:
    told = json.loads("\n".join(keyboard.read("workflows", "show", key, "--format", "json")))
    workflow = shipped(key)
    assert told["key"] == key
    assert [(s["key"], s["stage"]) for s in told["statuses"]] == [
        (status.key, status.stage.value) for status in workflow.statuses
    ]
    assert [(t["from"], t["to"], t["action"], t["effects"]) for t in told["transitions"]] == [
        (s.source.key, s.target.key, s.action, [*s.effects]) for s in workflow.steps
    ]
    assert {who for t in told["transitions"] for who in t["by"]} <= {"client", "staff", "system"}


def test_deadlines_are_iso_8601_durations(keyboard: Keyboard) -> None:
    lines = keyboard.read("workflows", "show", "marketplace", "--format", "json")
    told = json.loads("\n".join(lines))["transitions"]
    assert [(t["from"], t["to"], t["by"], t["after"]) for t in told if t["after"]] == [
        ("awaiting_payment", "unpaid", ["system"], "P3D"),
        ("sent", "received", ["system"], "P35D"),
        ("awaiting_pickup", "pickup_successful", ["system"], "P5D"),
    ]
    sent = [t for t in told if (t["from"], t["action"]) == ("in_progress", "send")]
    assert [t["requires"] for t in sent] == [["delivery_service", "tracking_code"]]


def test_p2_as_a_table_reads_as_the_matrix(keyboard: Keyboard) -> None:
    lines = keyboard.read("workflows", "show", "procurement")
    marks = [line.split()[-11:] for line in lines[-11:]]
    assert marks[2] == ["-", "+", "-", "+", "+", "+", "+", "+", "-", "-", "-"]
    assert all(set(row) <= {"+", "-"} for row in marks)


def test_a_workflow_as_svg_in_the_language_of_the_terminal() -> None:
    bulgarian = Keyboard(environment={"LC_ALL": "bg_BG.UTF-8"})
    drawn = "\n".join(bulgarian.read("workflows", "show", "desk", "--format", "svg"))
    svg = ET.fromstring(drawn)  # noqa: S314 (our own)
    assert "Завършена" in {text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")}


@pytest.mark.parametrize("key", SHIPPED)
def test_a_drawing_brings_its_looks_along(keyboard: Keyboard, key: str) -> None:
    """Without them every box is black, and no line is seen."""
    drawn = "\n".join(keyboard.read("workflows", "show", key, "--format", "svg"))
    svg = ET.fromstring(drawn)  # noqa: S314 (our own)
    style = svg.findtext("{http://www.w3.org/2000/svg}style", "")
    used = {name for element in svg.iter() for name in element.get("class", "").split()}
    assert {"graph", "node", "edge", "arrow"} <= used
    assert used - set(re.findall(r"\.([a-z]+)", style)) == set()


def test_a_file_is_shown_too(keyboard: Keyboard) -> None:
    file = str(FILES / "desk.toml")
    by_file = keyboard.read("workflows", "show", file)
    assert by_file == keyboard.read("workflows", "show", "desk")
    assert by_file[0] == "Operator's counter"


def test_an_unknown_workflow_is_refused(keyboard: Keyboard) -> None:
    assert "[not_found]" in keyboard.refuse("workflows", "show", "no_such")
