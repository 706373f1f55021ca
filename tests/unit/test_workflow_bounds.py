"""Workflow files too deep, too long or too many, and how much work the others are (R6)."""

from pathlib import Path

import pytest

from plugins.orders.drawing.graph_elements import MAX_ARROWS
from plugins.orders.drawing.graph_layers import EFFORT, Line, layers_of
from plugins.orders.drawing.graph_svg import draw
from plugins.orders.workflow.file.workflow_file import WorkflowMistakes
from plugins.orders.workflow.workflow_bounds import MAX_CHARACTERS, MAX_STATUSES, MOST_TOLD
from plugins.orders.workflow.workflow_build import parse
from tests.cli.keyboard import Keyboard
from tests.workflows import vocabulary

TITLES = 'titles = {en = "A", ru = "А", bg = "А"}\n'
HEAD = f'key = "w"\n{TITLES}[[entry]]\nstatus = "s0"\n'
HOSTILE = {
    "lists": ("key = " + "[" * 100_000 + "]" * 100_000, "too_deep"),
    "tables": ("key = " + "{a = " * 50_000, "too_deep"),
    "few_tables": ("key = " + "{a = " * 20 + "1" + "}" * 20, "too_deep"),
    "dots": ("a." * 100_000 + "b = 1", "too_deep"),
    "digits": ("key = " + "9" * 240_000, "too_long_number"),
    "hexadecimal": ("key = 0x" + "f" * 200_000, "too_long_number"),
    "characters": ("#" * (MAX_CHARACTERS + 1), "file_too_large"),
    "values": ("[[transition]]\nfrom = [" + '"a",' * 50_000 + "]", "too_many"),
    "rows": ('[[transition]]\nfrom = "a"\n' * 9000, "too_many"),
    "statuses": ('[[status]]\nkey = "a"\n' * 5000, "too_many"),
    "moves": (
        HEAD
        + "".join(
            f'[[transition]]\nfrom = {[f"s{n}" for n in range(99)]}\nto = "s0"\nby = "staff"\n'
            f"action = {[f'a{n}' for n in range(99)]}\n"
            for _ in range(2)
        ),
        "too_many",
    ),
}


def status(key: str, stage: str = "open") -> str:
    titles = f'titles = {{en = "{key}", ru = "{key}", bg = "{key}"}}\n'
    return f'[[status]]\nkey = "{key}"\nstage = "{stage}"\ntone = "mute"\nshape = "ring"\n{titles}'


def of_pairs(statuses: int) -> str:
    """A way from each status to each other, by an action of its own."""
    keys = [f"s{n}" for n in range(statuses)]
    rows = (
        f'[[transition]]\nfrom = "{one}"\nto = "{other}"\naction = "to_{other}"\nby = "staff"\n'
        for one in keys[:-1]
        for other in keys
        if one != other
    )
    actions = (f'[[action]]\nkey = "to_{key}"\n{TITLES}' for key in keys)
    known = (status(key, "done" if key == keys[-1] else "open") for key in keys)
    return HEAD + "".join([*known, *actions, *rows])


@pytest.mark.parametrize("name", HOSTILE)
def test_r6_a_file_beyond_its_bounds_is_told_what_is_too_much(name: str, tmp_path: Path) -> None:
    source, code = HOSTILE[name]
    with pytest.raises(WorkflowMistakes) as refusal:
        parse(source, vocabulary())
    assert {reason.code for reason in refusal.value.reasons} == {code}
    path = tmp_path / "workflow.toml"
    path.write_text(source, encoding="utf-8")
    assert refusal.value.mistakes[0] in Keyboard().refuse("workflows", "check", str(path))


def test_r6_a_file_without_an_end_is_read_no_further_than_its_bound() -> None:
    told = Keyboard().refuse("workflows", "check", "/dev/zero")
    assert f"more than {MAX_CHARACTERS:,} characters" in told


def test_r6_of_many_ways_that_are_never_chosen_each_is_told_once() -> None:
    """And not once for each pair, which of 200 are 19,900."""
    row = '[[transition]]\nfrom = "s0"\nto = "s1"\naction = "accept"\nby = "staff"\n'
    source = HEAD + status("s0") + status("s1", "done")
    with pytest.raises(WorkflowMistakes) as refusal:
        parse(source + row * 200, vocabulary())
    assert len(refusal.value.reasons) == 199
    with pytest.raises(WorkflowMistakes) as refusal:
        parse(source + row * 2000, vocabulary())
    assert len(refusal.value.reasons) == MOST_TOLD


@pytest.mark.parametrize("boxes", [5, 15, 30])
def test_r6_an_order_is_sought_only_so_long(boxes: int) -> None:
    names = [f"b{n}" for n in range(boxes)]
    lines = [Line(one, other) for one in names for other in names if one != other]
    layers = layers_of(names, lines, names[:1])
    assert layers.looked_at <= EFFORT + 3 * sum(map(len, layers.links))
    assert sorted(item for items in layers.items for item in items if isinstance(item, str)) == (
        sorted(names)
    )


def test_r6_what_nobody_could_follow_is_not_drawn() -> None:
    workflow = parse(of_pairs(30), vocabulary())
    assert len(workflow.steps) == 29 * 29 > MAX_ARROWS
    drawing = draw(workflow)
    assert 'class="edge' not in drawing
    assert f"hold {29 * 29}" in drawing
    # in words every way is there
    assert drawing.count("→") >= 29 * 29


def test_as_many_statuses_as_may_be_are_judged_and_drawn() -> None:
    keys = [f"s{n}" for n in range(MAX_STATUSES)]
    rows = "".join(
        f'{one} = "{" ".join("-" if one == other else "+" for other in keys)}"\n'
        for one in keys[:-1]
    )
    matrix = f"[by_hand]\nto = {keys}\n[by_hand.from]\n{rows}"
    known = "".join(status(key, "done" if key == keys[-1] else "open") for key in keys)
    workflow = parse(HEAD + known + matrix, vocabulary())
    assert len(workflow.steps) == (MAX_STATUSES - 1) ** 2
    assert draw(workflow).startswith("<svg")
