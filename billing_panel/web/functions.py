from collections.abc import Collection, Sequence
from itertools import groupby

from billing_panel.kernel.hooks import FunctionInfo
from billing_panel.kernel.text import say
from billing_panel.web.context import language, panel


def by_section(held: Collection[str]) -> Sequence[tuple[str, Sequence[tuple[FunctionInfo, str]]]]:
    """Those of the panel's functions, with their titles, under the titles of their sections."""
    infos = [info for info in panel().functions if info.name in held]
    return [
        (title, [(info, say(info.title, language())) for info in of_section])
        for title, of_section in groupby(infos, key=lambda info: say(info.section, language()))
    ]
