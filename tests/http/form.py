"""Fill in a form of a page as a browser without scripts does."""

from html.parser import HTMLParser
from typing import Any

from typing_extensions import override
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse


class _Form(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.disabled = False
        self.inert = False
        self.action = ""
        self.fields: MultiDict[str, str] = MultiDict()
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.textarea: str | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and self.form_id in {values.get("id"), values.get("action")}:
            self.inside, self.action = True, values.get("action", "")
        if tag == "template":
            self.inert = True
        if not self.inside or self.inert:
            return
        if tag == "fieldset":
            self.disabled = "disabled" in values
        name = values.get("name", "")
        if tag == "input" and name and not self.disabled:
            self._input(name, values)
        if tag == "select":
            self.select, self.options = name, []
        if tag == "option":
            self.options.append((values.get("value", ""), "selected" in values))

    def _input(self, name: str, values: dict[str, str]) -> None:
        boxed = values.get("type") in {"checkbox", "radio"}
        if not boxed or "checked" in values:
            self.fields.add(name, values.get("value", "y" if boxed else ""))

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "template":
            self.inert = False
        if tag == "select" and self.inside and self.select and self.options:
            if not self.disabled:
                chosen = [value for value, selected in self.options if selected]
                self.fields.add(self.select, (chosen or [self.options[0][0]])[0])
            self.select = None


def form_of(page: TestResponse, form_id: str = "details") -> tuple[str, MultiDict[str, str]]:
    """Where the form of that id (or action) is sent, and what it would send untouched."""
    reader = _Form(form_id)
    reader.feed(page.text)
    assert reader.fields, f"no form {form_id}"
    return reader.action, reader.fields


def fill(
    page: TestResponse, form_id: str = "details", /, **typed: Any
) -> tuple[str, MultiDict[str, str]]:
    """``prices__0__amount`` is the field ``prices-0-amount``; None leaves a field out."""
    action, fields = form_of(page, form_id)
    for name, value in typed.items():
        key = name.replace("__", "-")
        if value is None:
            fields.poplist(key)
        else:
            fields.setlist(key, value if isinstance(value, list) else [value])
    return action, fields
