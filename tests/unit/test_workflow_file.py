"""A workflow is a file: read as it is written, or told every mistake with its place and cure."""

import json
from datetime import timedelta
from importlib.resources import files

import pytest

from billing_panel.kernel.language.text import LANGUAGES, say
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.store.versions.workflow_store import shipped_workflow
from plugins.orders.workflow.duration import parse_duration
from plugins.orders.workflow.file.workflow_file import WorkflowFile, WorkflowMistakes, toml
from plugins.orders.workflow.statuses.stage import Shape, Stage, Tone
from plugins.orders.workflow.workflow import Permit, Workflow
from plugins.orders.workflow.workflow_build import build, parse
from tests.workflows import SHIPPED, vocabulary

HEAD = """
key = "shop"
titles = { en = "Shop", ru = "Магазин", bg = "Магазин" }
"""
ENTRY = """
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
PACKED = """
[[status]]
key = "packed"
titles = { en = "Packed", ru = "Упакован", bg = "Опакована" }
stage = "open"
tone = "info"
shape = "half"
"""
GONE = """
[[status]]
key = "gone"
titles = { en = "Gone", ru = "Ушёл", bg = "Заминала" }
stage = "done"
tone = "ok"
shape = "full"
"""
SEND = """
[[transition]]
from = "begun"
to = "gone"
action = "send"
by = "staff"
"""
SHOP = HEAD + ENTRY + BEGUN + GONE + SEND


def row(source: str, target: str, more: str = 'by = "staff"') -> str:
    return f'\n[[transition]]\nfrom = "{source}"\nto = "{target}"\n{more}\n'


def read(source: str) -> Workflow:
    return parse(source, vocabulary())


def mistakes_of(source: str) -> WorkflowMistakes:
    with pytest.raises(WorkflowMistakes) as refusal:
        parse(source, vocabulary())
    assert str(refusal.value) == "\n".join(refusal.value.mistakes)
    return refusal.value


def codes_of(source: str) -> list[tuple[str, str]]:
    """(place, code) of each mistake; each has its words and its cure in every language."""
    found = mistakes_of(source).reasons
    for reason in found:
        for language in LANGUAGES:
            assert say(reason.message, language)
            assert say(reason.remedy, language)
    return [(reason.place, reason.code) for reason in found]


# --- what is right ------------------------------------------------------------------------------


def test_a_workflow_is_read_as_it_is_written() -> None:
    workflow = read(SHOP)
    assert (workflow.key, workflow.split_by_availability) == ("shop", False)
    assert workflow.title.in_language("ru") == "Магазин"
    assert (workflow.entry.status.key, workflow.entry.effects) == ("begun", ("hold_stock",))
    status = workflow.status("begun")
    assert (status.stage, status.tone, status.shape) == (Stage.NEW, Tone.WARN, Shape.RING)
    assert (status.predefined, status.enabled, status.email_client) == (True, True, False)
    (sent,) = workflow.steps
    assert (sent.source, sent.target) == (status, workflow.status("gone"))
    assert sent.by == (
        Permit(ActorKind.STAFF, "orders:status:change"),
        Permit(ActorKind.STAFF, "orders:order:send"),
    )
    with pytest.raises(KeyError):
        workflow.status("paid")


def test_one_or_several_may_stand_in_a_row() -> None:
    several = SEND.replace('"send"', '["send", "set"]').replace(
        '"staff"', '["client", "staff:orders:order:pay"]'
    )
    sent, by_hand = read(SHOP.replace(SEND, several)).steps
    assert (sent.action, by_hand.action) == ("send", "set")
    assert sent.by == (
        Permit(ActorKind.CLIENT, "orders:order:create"),
        Permit(ActorKind.STAFF, "orders:order:pay"),
    )


def test_a_row_may_be_from_every_status_of_a_stage_but_its_own_target() -> None:
    source = SHOP + PACKED + row("stage:new", "packed") + row("stage:open", "packed")
    workflow = read(source.replace('from = "begun"', 'from = ["stage:new", "stage:open"]'))
    ways = [(step.source.key, step.target.key) for step in workflow.steps]
    assert ways == [("begun", "gone"), ("packed", "gone"), ("begun", "packed")]


def test_entering_a_status_does_what_its_switches_say_after_the_rows_own_effects() -> None:
    gone = GONE + 'stock = "take"\nemail_client = true\n'
    begun = BEGUN + "delivers = true\n"
    shop = SHOP.replace(GONE, gone).replace(BEGUN, begun)
    (sent,) = read(shop + 'effects = "deliver_lines"\n').steps
    assert sent.effects == ("deliver_lines", "take_stock", "notify_client")


def test_a_row_without_a_target_lets_the_order_stay() -> None:
    stay = '\n[[transition]]\nfrom = "gone"\naction = "review"\nby = "staff"\n'
    _, paid = read(SHOP.replace(GONE, GONE + 'stock = "take"\n') + stay).steps
    assert (paid.stays, paid.effects) == (True, ())


def test_an_action_of_its_own_brings_its_titles() -> None:
    titles = '\n[[action]]\nkey = "ship"\ntitles = { en = "Ship", ru = "Везти", bg = "Карай" }\n'
    workflow = read(SHOP.replace('"send"', '"ship"') + titles)
    assert say(workflow.actions["ship"], "bg") == "Карай"
    assert say(read(SHOP).actions["send"], "en") == "Send"


def test_a_workflow_is_the_same_from_its_content_as_json() -> None:
    file = WorkflowFile.model_validate(toml(SHOP))
    assert build(file.model_dump(mode="json", by_alias=True), vocabulary()) == read(SHOP)
    assert build(file, vocabulary()) == read(SHOP)


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_file_survives_being_kept_as_json(key: str) -> None:
    file = files("plugins.orders").joinpath("workflows", f"{key}.toml")
    kept = json.dumps(toml(file.read_text(encoding="utf-8")))
    assert build(json.loads(kept), vocabulary()) == shipped_workflow(key, vocabulary())


@pytest.mark.parametrize("key", ["", "no_such", "hosting.toml"])
def test_only_what_ships_can_be_run_by_name(key: str) -> None:
    with pytest.raises(LookupError):
        shipped_workflow(key, vocabulary())


def test_a_workflow_cannot_be_changed_once_it_is_read() -> None:
    workflow = read(SHOP)
    with pytest.raises(AttributeError, match="cannot assign"):
        workflow.key = "other"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        workflow.statuses[0].key = "other"


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("P3D", timedelta(days=3)),
        ("P2W", timedelta(weeks=2)),
        ("PT36H", timedelta(hours=36)),
        ("P1DT12H30M", timedelta(days=1, hours=12, minutes=30)),
    ],
)
def test_a_duration_is_what_iso_8601_says(written: str, length: timedelta) -> None:
    assert parse_duration(written) == length


@pytest.mark.parametrize(
    "written", ["", "P", "PT", "3D", "P0D", "P1M", "P1Y", "P-1D", "P3d", "P٣D"]
)
def test_what_is_no_duration_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        parse_duration(written)


# --- what is wrong ------------------------------------------------------------------------------

MATRIX = '\n[by_hand]\nto = ["begun", "gone"]\n[by_hand.from]\nbegun = "+ +"\n'
OWN_PRE = row("begun", "gone", 'action = "send"\nby = "staff"\nwhen = "in_stock"')


@pytest.mark.parametrize(
    ("source", "place", "code"),
    [
        # its shape
        pytest.param(SHOP.replace('key = "shop"', ""), "key", "missing_key", id="no key"),
        pytest.param(SHOP.replace('"shop"', '"My Shop"'), "key", "bad_key", id="bad key"),
        pytest.param("split = true\n" + SHOP, "split", "unknown_key", id="unknown key on top"),
        pytest.param(
            SHOP.replace('stage = "new"', 'stage = "newish"'),
            "status.begun.stage",
            "wrong_value",
            id="stage",
        ),
        pytest.param(
            SHOP.replace('"warn"', '"red"'), "status.begun.tone", "wrong_value", id="tone"
        ),
        pytest.param(
            SHOP.replace('"ring"', '"star"'), "status.begun.shape", "wrong_value", id="shape"
        ),
        pytest.param(
            SHOP.replace(GONE, GONE + 'stock = "lose"\n'),
            "status.gone.stock",
            "wrong_value",
            id="stock",
        ),
        pytest.param(
            SHOP.replace(GONE, GONE + "enabled = 1\n"),
            "status.gone.enabled",
            "wrong_value",
            id="a switch",
        ),
        pytest.param(
            SHOP.replace(GONE, GONE + "colour = 1\n"),
            "status.gone.colour",
            "unknown_key",
            id="unknown key",
        ),
        pytest.param(
            SHOP.replace(', ru = "Начат"', ""),
            "status.begun.titles",
            "missing_translation",
            id="a title is missing",
        ),
        pytest.param(
            SHOP.replace('bg = "Магазин"', 'bg = " "'),
            "titles",
            "missing_translation",
            id="a blank title",
        ),
        pytest.param(SHOP + "form = 1\n", "transition.0.form", "unknown_key", id="row key"),
        pytest.param(
            SHOP + MATRIX + "[line_status]\n",
            "line_status.0.key",
            "missing_key",
            id="row key missing",
        ),
        # its names
        pytest.param(SHOP + BEGUN, "status.begun", "key_twice", id="a key twice"),
        pytest.param(
            SHOP.replace('status = "begun"', 'status = "new"'),
            "entry.status",
            "unknown_status",
            id="entry into nowhere",
        ),
        pytest.param(
            SHOP + row("begun", "nowhere"), "transition.1.to", "unknown_status", id="to nowhere"
        ),
        pytest.param(
            SHOP + row("nowhere", "gone"), "transition.1.from", "unknown_status", id="from nowhere"
        ),
        pytest.param(
            SHOP + row("stage:lost", "gone"), "transition.1.from", "unknown_stage", id="empty stage"
        ),
        pytest.param(
            SHOP.replace("hold_stock", "give_away"),
            "entry.effects",
            "unknown_effect",
            id="unknown effect",
        ),
        pytest.param(
            SHOP + 'effects = ["deliver_lines", "deliver_lines"]\n',
            "transition.0.effects",
            "effect_twice",
            id="effect twice",
        ),
        pytest.param(
            SHOP + 'requires = "good_weather"\n',
            "transition.0.requires",
            "unknown_requirement",
            id="unknown requirement",
        ),
        pytest.param(
            SHOP + 'requires = "paid:much"\n',
            "transition.0.requires",
            "bad_argument",
            id="bad argument",
        ),
        pytest.param(
            SHOP + 'requires = "reason:long"\n',
            "transition.0.requires",
            "bad_argument",
            id="argument of a field",
        ),
        pytest.param(
            SHOP + OWN_PRE.replace("in_stock", "reason"),
            "transition.1.when",
            "unknown_requirement",
            id="a field is no condition",
        ),
        pytest.param(
            SHOP + 'asks = "paid"\n',
            "transition.0.asks",
            "unknown_requirement",
            id="a fact is not asked for",
        ),
        pytest.param(
            SHOP.replace('by = "staff"', 'by = "boss"'),
            "transition.0.by",
            "unknown_actor",
            id="unknown actor",
        ),
        pytest.param(
            SHOP.replace('by = "staff"', 'by = "client:vip"'),
            "transition.0.by",
            "unknown_actor",
            id="clients hold no functions here",
        ),
        pytest.param(
            SHOP.replace('by = "staff"', 'by = "staff:orders:order:eat"'),
            "transition.0.by",
            "unknown_function",
            id="unknown function",
        ),
        pytest.param(SHOP.replace('by = "staff"', ""), "transition.0.by", "nobody", id="by nobody"),
        pytest.param(
            SHOP.replace('"send"', '"fling"'),
            "transition.0.action",
            "unknown_action",
            id="unknown action",
        ),
        pytest.param(
            SHOP.replace('"send"', '"deadline"'),
            "transition.0.action",
            "unknown_action",
            id="nobody presses a deadline",
        ),
        # deadlines
        pytest.param(
            SHOP + row("begun", "gone", 'after = "3 days"'),
            "transition.1.after",
            "bad_duration",
            id="bad duration",
        ),
        pytest.param(
            SHOP + row("begun", "gone", 'after = "P3D"') + row("begun", "gone", 'after = "P4D"'),
            "transition.2.after",
            "two_deadlines",
            id="two deadlines",
        ),
        pytest.param(
            SHOP + row("begun", "begun", 'after = "P3D"'),
            "transition.1.to",
            "deadline_stays",
            id="a deadline to itself",
        ),
        pytest.param(
            SHOP + row("begun", "gone", 'after = "P3D"\nby = "staff"'),
            "transition.1.by",
            "deadline_asks",
            id="a deadline by staff",
        ),
        pytest.param(
            SHOP + PACKED + "enabled = false\n" + row("begun", "packed", 'after = "P3D"'),
            "transition.1.to",
            "deadline_stuck",
            id="a deadline into what is off",
        ),
        pytest.param(
            SHOP
            + PACKED
            + "enabled = false\n"
            + row("begun", "packed", 'action = "payment_succeeded"\nby = "system"'),
            "transition.1.to",
            "happening_stuck",
            id="what happens once leads into what is off",
        ),
        # two ways
        pytest.param(
            SHOP + PACKED + row("packed", "gone") + SEND.replace('"gone"', '"packed"'),
            "transition.2",
            "two_targets",
            id="two targets",
        ),
        pytest.param(SHOP + SEND + 'when = "in_stock"\n', "transition.1", "two_targets", id="late"),
        pytest.param(
            SHOP + MATRIX + row("begun", "gone"), "by_hand.from.begun", "two_targets", id="twice"
        ),
        # ends
        pytest.param(
            SHOP + PACKED + row("begun", "packed"), "status.packed", "no_way_out", id="dead end"
        ),
        pytest.param(
            SHOP.replace(BEGUN, BEGUN + "final = true\n"),
            "status.begun.final",
            "final_but_open",
            id="final but open",
        ),
        pytest.param(
            SHOP + row("gone", "begun"), "transition.1", "final_with_way_out", id="out of the end"
        ),
        pytest.param(
            SHOP + PACKED + row("packed", "gone"), "status.packed", "unreachable", id="unreachable"
        ),
        pytest.param(
            SHOP.replace(GONE, GONE + "enabled = false\n"),
            "status.begun",
            "no_way_out",
            id="the only way is switched off",
        ),
        # who sets what
        pytest.param(
            SHOP.replace('action = "send"', "").replace(GONE, GONE + 'set_by = "system"\n'),
            "transition.0",
            "set_by_system",
            id="by hand into the system's",
        ),
        pytest.param(
            SHOP.replace('by = "staff"', 'by = "system"').replace(
                GONE, GONE + 'set_by = "staff"\n'
            ),
            "transition.0",
            "set_by_staff",
            id="by the system into the staff's",
        ),
        # the matrix
        pytest.param(
            SHOP + MATRIX.replace("+ +", "+ + +"), "by_hand.from.begun", "matrix_row", id="long row"
        ),
        pytest.param(
            SHOP + MATRIX.replace("+ +", "+ x"), "by_hand.from.begun", "matrix_mark", id="mark"
        ),
        pytest.param(
            SHOP + MATRIX.replace("begun =", "began ="),
            "by_hand.from.began",
            "unknown_status",
            id="row of nothing",
        ),
        pytest.param(
            SHOP + MATRIX.replace('"begun", "gone"', '"begun", "went"'),
            "by_hand.to",
            "unknown_status",
            id="column of nothing",
        ),
        # first
        pytest.param(
            SHOP
            + '\n[[transition]]\nfrom = "begun"\nfirst = "accept"\naction = "void"\nby = "staff"',
            "transition.1.first",
            "first_leads_nowhere",
            id="first leads nowhere",
        ),
        pytest.param(
            SHOP + row("begun", "gone", 'first = "send"\naction = "void"\nby = "staff"'),
            "transition.1.first",
            "first_alone",
            id="first with a target",
        ),
        # entries and lines
        pytest.param(
            SHOP.replace(ENTRY, ENTRY + 'when = "paid"\n'),
            "entry.when",
            "entry_order",
            id="no entry for the rest",
        ),
        pytest.param(
            SHOP.replace('status = "begun"', 'status = "gone"'),
            "entry.status",
            "bad_entry",
            id="entry into the end",
        ),
        pytest.param(
            SHOP + GONE.replace("[[status]]", "[[line_status]]"),
            "line_status",
            "line_statuses",
            id="lines that cannot begin",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(source: str, place: str, code: str) -> None:
    assert (place, code) in codes_of(source)


def test_a_mistake_says_its_line_what_is_wrong_and_its_cure() -> None:
    (said,) = mistakes_of(SHOP.replace("hold_stock", "hold_stok")).mistakes
    assert said.startswith("entry.effects (line 7): There is no effect “hold_stok”. → Use one of:")
    assert "hold_stock" in said


def test_broken_toml_is_told_with_its_line() -> None:
    (said,) = mistakes_of('key = "shop"\n\n[entry\n').mistakes
    assert "line 3" in said


def test_nothing_at_all_is_told_what_it_lacks() -> None:
    assert codes_of("") == [
        ("key", "missing_key"),
        ("titles", "missing_key"),
        ("entry", "missing_key"),
        ("status", "missing_key"),
    ]


def test_every_mistake_is_told_at_once() -> None:
    source = (
        HEAD.replace('"shop"', '"My Shop"')
        + ENTRY.replace("hold_stock", "a")
        + BEGUN.replace('"warn"', '"red"').replace(', ru = "Начат", bg = "Започната"', "")
        + PACKED
        + GONE
        + SEND.replace('"gone"', '"goen"')
        + row("begun", "gone", 'after = "3 days"')
        + row("begun", "gone", 'after = "P1D"')
        + "colour = 1\n"
    )
    assert codes_of(source) == [
        ("key", "bad_key"),
        ("status.begun.titles", "missing_translation"),
        ("status.begun.titles", "missing_translation"),
        ("status.begun.tone", "wrong_value"),
        ("transition.2.colour", "unknown_key"),
        ("entry.effects", "unknown_effect"),
        ("transition.0.to", "unknown_status"),
        ("transition.1.after", "bad_duration"),
        ("transition.2.after", "two_deadlines"),
        ("status.packed", "no_way_out"),
        ("status.packed", "unreachable"),
    ]


def test_one_mistake_brings_no_others_with_it() -> None:
    """A status with a wrong tone is still a status that rows may name."""
    source = SHOP.replace(BEGUN, BEGUN.replace('"warn"', '"red"'))
    assert codes_of(source) == [("status.begun.tone", "wrong_value")]


def test_where_orders_begin_is_unknown_or_missing_once_and_no_status_is_unreachable_for_it() -> (
    None
):
    assert codes_of(SHOP.replace('status = "begun"', 'status = "begin"')) == [
        ("entry.status", "unknown_status")
    ]
    assert codes_of(SHOP.replace(ENTRY, "")) == [("entry", "missing_key")]


def test_a_status_without_a_title_is_called_by_its_key() -> None:
    titled = ', ru = "Упакован", bg = "Опакована"'
    said = mistakes_of(SHOP + PACKED.replace(titled, "")).mistakes
    assert any("No order can reach “packed”." in one for one in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_belongs_somewhere_is_said_in_every_language(language: str) -> None:
    """Not in the words of the library that reads it."""
    odd = (
        'key = "odd"\ntitles = 3\nstatus = 5\nby_hand = 7\ntransition = [1, "x"]\n'
        'entry = { status = ["a"], effects = 5 }\n'
    )
    wrong = SHOP.replace('"warn"', '"red"').replace('"ring"', "7").replace(SEND, "")
    found = (*mistakes_of(odd).reasons, *mistakes_of(wrong + "enabled = 1").reasons)
    said = [say(reason.remedy, language) for reason in found if reason.code == "wrong_value"]
    assert len(said) == 10
    assert not any("Input should" in one or "instance of" in one for one in said)
    if language != "en":
        assert not any(" or " in one or "quotes" in one for one in said)


@pytest.mark.parametrize(("action", "effect"), [("pay", "take_payment"), ("refund", "refund")])
def test_what_is_called_paying_moves_money(action: str, effect: str) -> None:
    bare = f'action = "{action}"\nby = "staff"'
    named = SHOP + f'\n[[transition]]\nfrom = "begun"\n{bare}\n'
    assert [code for _, code in codes_of(named)] == ["effect_needed"]
    read(named + f'effects = "{effect}"\n')
