"""A workflow is a file: those that ship are right, and a wrong one is told all its mistakes."""

from importlib.resources import files

import pytest

from billing_panel.kernel.text import LANGUAGES
from plugins.orders.actions.run_workflow import shipped_workflow
from plugins.orders.effects import EFFECTS
from plugins.orders.rules.workflow import (
    Shape,
    Stage,
    Tone,
    Workflow,
    WorkflowMistakes,
    parse,
)

KNOWN = frozenset({"hold_stock", "issue_proforma"})
SHIPPED = sorted(
    entry.name.removesuffix(".toml")
    for entry in files("plugins.orders").joinpath("workflows").iterdir()
    if entry.name.endswith(".toml")
)

HEAD = """
key = "shop"

[entry]
status = "begun"
effects = ["hold_stock"]
"""
BEGUN = """
[[status]]
key = "begun"
titles = { en = "New", ru = "Начат", bg = "Започната" }
stage = "new"
tone = "warn"
shape = "ring"
"""


def mistakes_of(source: str) -> list[str]:
    with pytest.raises(WorkflowMistakes) as refusal:
        parse(source, known_effects=KNOWN)
    assert str(refusal.value) == "\n".join(refusal.value.mistakes)
    return refusal.value.mistakes


def test_a_workflow_is_read_as_it_is_written() -> None:
    workflow = parse(HEAD + BEGUN, known_effects=KNOWN)
    assert (workflow.key, workflow.split_by_availability) == ("shop", False)
    assert (workflow.entry.status, workflow.entry.effects) == ("begun", ("hold_stock",))
    status = workflow.status("begun")
    assert (status.stage, status.tone, status.shape) == (Stage.NEW, Tone.WARN, Shape.RING)
    assert status.title.in_language("ru") == "Начат"
    with pytest.raises(KeyError):
        workflow.status("paid")


def test_shipped_workflows_are_those_the_demo_runs_at_least() -> None:
    assert {"hosting", "marketplace"} <= set(SHIPPED)


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_workflow_is_right_and_is_called_as_its_file(key: str) -> None:
    workflow = shipped_workflow(key)
    assert workflow.key == key
    assert workflow.status(workflow.entry.status).stage in {Stage.NEW, Stage.OPEN}
    assert set(workflow.entry.effects) <= set(EFFECTS)


@pytest.mark.parametrize("key", SHIPPED)
def test_every_status_of_a_shipped_workflow_has_its_title_in_every_language(key: str) -> None:
    for status in shipped_workflow(key).statuses:
        assert all(status.titles.get(language, "").strip() for language in LANGUAGES), status.key


@pytest.mark.parametrize("key", SHIPPED)
def test_every_shipped_workflow_can_lose_an_order(key: str) -> None:
    assert Stage.LOST in {status.stage for status in shipped_workflow(key).statuses}


@pytest.mark.parametrize("key", ["", "no_such", "hosting.toml"])
def test_only_what_ships_can_be_run_by_name(key: str) -> None:
    with pytest.raises(LookupError):
        shipped_workflow(key)


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        pytest.param(HEAD, "status: Field required", id="no status"),
        pytest.param(HEAD.replace("key =", "# key =") + BEGUN, "key: Field required", id="no key"),
        pytest.param(
            HEAD.replace('"shop"', '"My Shop"') + BEGUN, "key: String should match", id="key"
        ),
        pytest.param(
            HEAD + BEGUN.replace('"new"', '"newish"'), "status.0.stage: Input should", id="stage"
        ),
        pytest.param(
            HEAD + BEGUN.replace('"warn"', '"red"'), "status.0.tone: Input should", id="tone"
        ),
        pytest.param(
            HEAD + BEGUN.replace('"ring"', '"star"'), "status.0.shape: Input should", id="shape"
        ),
        pytest.param(
            HEAD + BEGUN + "colour = 1\n", "status.0.colour: Extra inputs are not", id="unknown"
        ),
        pytest.param("split = true\n" + HEAD + BEGUN, "split: Extra inputs", id="unknown on top"),
        pytest.param(
            HEAD + BEGUN + BEGUN,
            "status.begun: named 2 times; give each status its own key",
            id="a key twice",
        ),
        pytest.param(
            HEAD.replace('"begun"', '"new"') + BEGUN,
            "entry.status: there is no status 'new'",
            id="entry into nowhere",
        ),
        pytest.param(
            HEAD.replace("hold_stock", "give_away") + BEGUN,
            "entry.effects: there is no effect 'give_away'; there are: hold_stock, issue_proforma",
            id="unknown effect",
        ),
        pytest.param(
            HEAD + BEGUN.replace(', ru = "Начат"', ""),
            "status.begun.titles: the title in 'ru' is missing",
            id="a language is missing",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(source: str, mistake: str) -> None:
    (told,) = mistakes_of(source)
    assert told.startswith(mistake)


def test_broken_toml_is_told_with_its_line() -> None:
    (told,) = mistakes_of('key = "shop"\n\n[entry\n')
    assert "line 3" in told


def test_all_mistakes_of_shape_are_told_at_once() -> None:
    source = HEAD.replace('"shop"', '"My Shop"') + BEGUN.replace('"new"', "1") + "colour = 1\n"
    assert [told.split(":")[0] for told in mistakes_of(source)] == [
        "key",
        "status.0.stage",
        "status.0.colour",
    ]


def test_all_mistakes_of_meaning_are_told_at_once() -> None:
    source = (
        HEAD.replace('"begun"', '"new"').replace('"hold_stock"', '"a", "b"')
        + BEGUN
        + BEGUN.replace(', ru = "Начат", bg = "Започната"', "")
    )
    assert mistakes_of(source) == [
        "status.begun: named 2 times; give each status its own key",
        "status.begun.titles: the title in 'ru' is missing",
        "status.begun.titles: the title in 'bg' is missing",
        "entry.status: there is no status 'new'",
        "entry.effects: there is no effect 'a'; there are: hold_stock, issue_proforma",
        "entry.effects: there is no effect 'b'; there are: hold_stock, issue_proforma",
    ]


def test_a_workflow_cannot_be_changed_once_it_is_read() -> None:
    workflow: Workflow = parse(HEAD + BEGUN, known_effects=KNOWN)
    with pytest.raises(ValueError, match="frozen"):
        workflow.key = "other"
