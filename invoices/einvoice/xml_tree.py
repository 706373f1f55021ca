"""An XML tree in the making: elements in the order they are named, none of them empty. Pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring


class XmlTree:
    """An element; its tags carry the prefixes that the root declares."""

    def __init__(self, element: Element) -> None:
        self._element = element

    @classmethod
    def root(cls, tag: str, namespaces: Mapping[str, str]) -> "XmlTree":
        """``namespaces`` by prefix; ``""`` is the one of tags without."""
        declared = {
            f"xmlns:{prefix}" if prefix else "xmlns": uri for prefix, uri in namespaces.items()
        }
        return cls(Element(tag, declared))

    def branch(self, *path: str) -> "XmlTree":
        """A new element for each tag, one within the other; the innermost."""
        element = self._element
        for tag in path:
            element = SubElement(element, tag)
        return XmlTree(element)

    def leaf(self, tag: str, value: str | date | Decimal | None, **attributes: str) -> None:
        """An element with a value; of an empty one nothing is written."""
        if value is None or value == "":
            return
        SubElement(self._element, tag, attributes).text = written(value)

    def write(self) -> bytes:
        """UTF-8, with its declaration."""
        return bytes(tostring(self._element, encoding="UTF-8", xml_declaration=True))


def written(value: str | date | Decimal) -> str:
    """A day as ``2026-11-22``; a number with plain digits."""
    match value:
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            return value


def plain(number: Decimal) -> Decimal:
    """Without zeros at its end, which say nothing of a price, a quantity or a rate."""
    whole = number.to_integral_value()
    return whole if number == whole else number.normalize()
