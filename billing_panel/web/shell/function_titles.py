"""Functions by the titles that people know them by."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import groupby

from billing_panel.kernel.extension.hooks import FunctionInfo
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import AnyOf, Text, say
from billing_panel.web.shell.request_context import language, panel


def by_section(held: Collection[str]) -> Sequence[tuple[str, Sequence[tuple[FunctionInfo, str]]]]:
    """Those of the panel's functions, with their titles, under the titles of their sections.

    Without those of which the panel does nothing yet.
    """
    infos = [info for info in panel().functions if info.name in held and not info.is_ahead]
    return [
        (title, [(info, say(info.title, language())) for info in of_section])
        for title, of_section in groupby(infos, key=lambda info: say(info.section, language()))
    ]


def title_of(name: str) -> Text | str:
    """What people call the function; one that no plugin declares any more goes by its name."""
    return next((info.title for info in panel().functions if info.name == name), name)


def with_titles(reason: Reason) -> Reason:
    """The reason with its functions by their titles, as pages say them."""
    named = reason.message.values.get("functions")
    if not isinstance(named, AnyOf):
        return reason
    titles = AnyOf([title_of(str(name)) for name in named.values])
    values = {**reason.message.values, "functions": titles}
    return replace(reason, message=replace(reason.message, values=values))
