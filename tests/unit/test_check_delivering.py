"""Where lines are delivered and who takes them back: what makes no sense is told with its place."""

import pytest

from tests.unit.test_workflow_file import SHOP, codes_of

NEVER = """stage = "done"
delivers = false
delivers_when = ["paid"]"""
ROW = """
[[transition]]
from = "begun"
action = "take_back"
by = "{by}"
effects = {effects}
"""


@pytest.mark.parametrize(
    ("source", "place", "code"),
    [
        (
            SHOP.replace('stage = "done"', 'stage = "lost"\ndelivers = true'),
            "status.gone.delivers",
            "delivers_lost",
        ),
        (
            SHOP.replace(
                'stage = "done"', 'stage = "done"\ndelivers = false\ndelivers_when = ["paid"]'
            ),
            "status.gone.delivers_when",
            "delivers_never",
        ),
        (
            SHOP.replace('"hold_stock"', '"hold_stock", "deliver_lines"'),
            "entry.effects",
            "delivers_not_here",
        ),
        (
            SHOP.replace('"hold_stock"', '"hold_stock", "take_back_lines"'),
            "entry.effects",
            "taken_back_by_staff",
        ),
        (
            SHOP + ROW.format(by="client", effects='["take_back_lines"]'),
            "transition.1.by",
            "taken_back_by_staff",
        ),
        (
            SHOP + ROW.format(by="staff", effects='["return_stock", "take_back_lines"]'),
            "transition.1.effects",
            "take_back_first",
        ),
        (
            SHOP + ROW.format(by="staff", effects='[]\nasks = ["taken_back"]'),
            "transition.1.effects",
            "effect_needed",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(source: str, place: str, code: str) -> None:
    assert (place, code) in codes_of(source)
