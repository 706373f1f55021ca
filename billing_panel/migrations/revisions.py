"""Whether a database fits this code, by what stands at the head of each migration.

Alembic is not asked: it imports every migration, which takes longer than most commands do.
"""

import re
from ast import literal_eval
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pluggy
from sqlalchemy import column, inspect, select, table

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.unavailable import told_apart
from billing_panel.kernel.language.errors import InstallationError

HERE = Path(__file__).parent
VERSIONS = table("alembic_version", column("version_num"))
HEAD = re.compile(r"^(revision|down_revision|depends_on) = (.+)$", re.MULTILINE)


class NotMigrated(InstallationError):
    """The database is older or newer than this code."""


@dataclass(frozen=True)
class Revision:
    """``follows``: the one before it, and those of others that it depends on."""

    name: str
    before: tuple[str, ...]
    follows: tuple[str, ...]


def folders(plugins: pluggy.PluginManager) -> list[Path]:
    """Where migrations stand: the panel's, then each plugin's."""
    return [HERE / "versions", *filter(None, plugins.hook.panel_migrations())]


def check_migrated(database: Database, plugins: pluggy.PluginManager) -> None:
    """Raises NotMigrated, Unavailable."""
    with told_apart(writes=False), database.engine.connect() as connection:
        is_there = inspect(connection).has_table(VERSIONS.name)
        found = set(connection.scalars(select(VERSIONS)) if is_there else ())
    revisions = {one.name: one for folder in folders(plugins) for one in _revisions(folder)}
    if not _heads(revisions.values()) <= _reached(found, revisions):
        raise NotMigrated(
            f"The database {database.url.render_as_string()} does not fit this version: "
            "run billing-panel init first. If yours is elsewhere, set BILLING_PANEL_HOME."
        )


def _revisions(folder: Path) -> Iterable[Revision]:
    for file in folder.glob("*_*.py"):
        said = {name: literal_eval(value) for name, value in HEAD.findall(file.read_text())}
        if "revision" in said:
            before, others = _names(said["down_revision"]), _names(said["depends_on"])
            yield Revision(said["revision"], before, before + others)


def _names(said: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else said or ()


def _heads(revisions: Iterable[Revision]) -> set[str]:
    all_of_them = [*revisions]
    return {one.name for one in all_of_them} - {name for one in all_of_them for name in one.before}


def _reached(found: set[str], revisions: dict[str, Revision]) -> set[str]:
    """A head that another one depends on is not written down; walking back finds it.

    None, where the database knows one that this code does not.
    """
    if not found <= revisions.keys():
        return set()
    reached, ahead = set(found), [*found]
    while ahead:
        new = set(revisions[ahead.pop()].follows) - reached
        reached |= new
        ahead += new
    return reached
