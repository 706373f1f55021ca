"""Names in braces in the templates of answers, and what stands in their places. Pure.

There is no code in a template: a name that is known is replaced, every other word stays.
"""

import re
from collections.abc import Mapping

from billing_panel.kernel.language.text import Text, text

PLACEHOLDERS: Mapping[str, Text] = {
    "client": text("the client’s name"),
    "order": text("the order’s number"),
    "left": text("what is left to pay"),
    "pay_by": text("the day by which it is to be paid"),
    "method": text("the payment method"),
    "bill": text("the number of the bill"),
}
# what tells how much an order costs
SUMS = frozenset({"left"})
_NAME = re.compile(r"\{([a-z_]+)\}")


def names_in(words: str) -> frozenset[str]:
    """The names that stand in braces."""
    return frozenset(_NAME.findall(words))


def filled(words: str, values: Mapping[str, str]) -> str:
    """``words`` with the values; what has none stays as it is, for somebody to see."""
    return _NAME.sub(lambda found: values.get(found[1], found[0]), words)
