"""Every form of a page, as a browser without scripts would send it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse


@dataclass
class SentForm:
    """``fields`` by name, each with what stands in it."""

    action: str
    method: str
    fields: MultiDict[str, str] = field(default_factory=MultiDict)


def forms_of(page: TestResponse) -> list[SentForm]:
    """``action`` empty: the address of the page itself."""
    reader = _Forms()
    reader.feed(page.text)
    return reader.found


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[SentForm] = []
        self.by_id: dict[str, SentForm] = {}
        self.open: SentForm | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = SentForm(values.get("action", ""), values.get("method", "get").lower())
            self.found.append(self.open)
            self.by_id[values.get("id", "")] = self.open
        own = self.by_id.get(values["form"]) if "form" in values else self.open
        if own and tag in {"input", "select", "textarea", "button"} and values.get("name"):
            own.fields.add(values["name"], values.get("value", ""))

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
