"""Another plugin brings words of its own; a workflow that names them runs."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pluggy
import pytest

from billing_panel.core.plugins import all_session_info, load_plugins
from billing_panel.kernel.language.errors import Refused
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.versions.installed_vocabulary import installed_vocabulary
from plugins.orders.store.versions.workflow_store import shipped_file
from plugins.orders.workflow.file.workflow_file import WorkflowFile, toml
from plugins.orders.workflow.vocabulary import EFFECTS
from tests.actions.conftest import Opening
from tests.businesses import PROVIDER, ROUTER, SERVER, Business

PLUGIN = """
from billing_panel.kernel.language.errors import Reason, Refused
from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.kernel.language.text import text
from plugins.orders.store.order_log import note
from plugins.orders.workflow.requirements import Fact, Field
from plugins.orders.workflow.vocabulary import EffectInfo
from plugins.orders.store.versions.installed_vocabulary import LanguagePart, NamedEffect


def book_courier(on):
    if on.fields["collect_on"] == "never":
        raise Refused(text("No courier comes then."), code="no_courier")
    facts = {"on": on.fields["collect_on"]}
    note(on.session, "courier.booked", on.order, facts, on.actor, on.at)


def single(facts, _argument):
    if facts.lines == 1:
        return None
    return Reason("too_many", text("The courier takes one thing."), text("Split the order."))


class Courier:
    @hookimpl
    def orders_language(self):
        return LanguagePart(
            effects={"book_courier": NamedEffect(
                EffectInfo(text("a courier is booked"), text("They come for it.")), book_courier)},
            requirements={
                "single": Fact(text("single"), text("One line."), single),
                "collect_on": Field(text("Collect on"), text("Name a day.")),
            },
            actions={"collect": text("Collect")},
        )


plugin = Courier()
"""

COLLECTED = """
[[transition]]
from = ["new", "accepted"]
action = "collect"
by = "staff"
requires = ["single", "collect_on"]
effects = "book_courier"
"""


def installed(folder: Path, source: str, name: str = "courier") -> None:
    """``source`` as another distribution that Python finds."""
    (folder / f"{name}.py").write_text(textwrap.dedent(source))
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    entry = f"[billing_panel.plugins]\n{name} = {name}:plugin\n"
    (info / "entry_points.txt").write_text(entry)


@pytest.fixture
def plugins_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    monkeypatch.undo()


def with_courier() -> WorkflowFile:
    rows = toml(COLLECTED)["transition"]
    content = shipped_file("desk").model_dump(mode="json", by_alias=True)
    return WorkflowFile.model_validate({**content, "transition": [*content["transition"], *rows]})


def run(desk: Business) -> None:
    world = desk.world
    with world.database.writing() as session:
        owner = world.actor("owner")
        change_workflow(session, PROVIDER, with_courier(), seen=1, actor=owner, clock=world.clock)


def test_an_effect_a_requirement_a_field_and_an_action_of_another_plugin(
    plugins_folder: Path, monkeypatch: pytest.MonkeyPatch, business: Opening
) -> None:
    installed(plugins_folder, PLUGIN)
    desk = business("desk")
    for name, value in all_session_info(load_plugins()).items():
        # as a panel that is opened now has it
        monkeypatch.setitem(desk.world.database.info, name, value)
    run(desk)
    two, one = desk.place(ROUTER, SERVER), desk.place(ROUTER)
    assert "too_many" in desk.refused(two, "collect", collect_on="Monday")
    assert "fields.collect_on" in desk.refused(one, "collect")
    assert "no_courier" in desk.refused(one, "collect", collect_on="never")
    desk.move(one, "collect", collect_on="Monday")
    assert desk.happened(one, "courier.booked") == [{"on": "Monday"}]


def test_without_the_plugin_its_words_are_mistakes_of_the_file(business: Opening) -> None:
    desk = business("desk")
    before = desk.world.everything()
    with pytest.raises(Refused, match="nothing has changed") as refused:
        run(desk)
    codes = {reason.code for reason in refused.value.reasons}
    assert codes == {"unknown_action", "unknown_requirement", "unknown_effect"}
    assert desk.world.everything() == before


def test_two_plugins_cannot_mean_two_things_by_one_name(plugins_folder: Path) -> None:
    installed(plugins_folder, PLUGIN.replace("book_courier", "hold_stock"), "other")
    with pytest.raises(ValueError, match="hold_stock"):
        installed_vocabulary()


def test_a_slip_of_the_pen_in_the_name_of_a_hook_is_said_at_once(plugins_folder: Path) -> None:
    installed(plugins_folder, PLUGIN.replace("orders_language", "orders_wrods"), "slip")
    with pytest.raises(pluggy.PluginValidationError, match="orders_wrods"):
        load_plugins()


def test_the_orders_plugins_own_words_come_by_the_same_hook() -> None:
    assert installed_vocabulary().effects == EFFECTS
