"""What of an API's description breaks whoever was written for an older one. Pure.

Whatever is added is no break: paths, parameters that may be left out, fields of answers, values of
answers. A break is what old callers sent and is taken no more, or what they read and is gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

# by these a value that was taken may be refused: whether more or less of each takes less
LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks(old: Json, new: Json) -> list[str]:
    """Each break in a sentence, with where it is; none: old callers go on as they did."""
    compared = _Compared(old, new)
    found: list[str] = []
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            where = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                found.append(f"{where} is gone")
            else:
                found.extend(f"{where}: {said}" for said in compared.operation(operation, now))
    return found


@dataclass
class _Compared:
    old: Json
    new: Json
    seen: set[tuple[int, int, bool]] = field(default_factory=set)

    def operation(self, old: Json, new: Json) -> Iterator[str]:
        if old.get("security") == [] and new.get("security") != []:
            yield "it asks for a token now"
        lost = set(old.get("x-functions", ())) - set(new.get("x-functions", ()))
        if lost and new.get("x-functions"):
            yield f"{', '.join(sorted(lost))} is not enough any more"
        yield from self._parameters(old, new)
        yield from self._body(old.get("requestBody", {}), new.get("requestBody", {}))
        yield from self._answers(old["responses"], new["responses"])

    def _parameters(self, old: Json, new: Json) -> Iterator[str]:
        before, after = self._named(self.old, old), self._named(self.new, new)
        for key, one in before.items():
            if key not in after:
                yield f"the parameter {key[1]} is gone"
                continue
            if after[key].get("required") and not one.get("required"):
                yield f"the parameter {key[1]} is required now"
            yield from self._sent(one["schema"], after[key]["schema"], f"the parameter {key[1]}")
        for key, one in after.items():
            if one.get("required") and key not in before:
                yield f"the parameter {key[1]} is new and required"

    def _named(self, description: Json, operation: Json) -> dict[tuple[str, str], Json]:
        found = (_resolved(description, one) for one in operation.get("parameters", ()))
        return {(one["in"], one["name"]): one for one in found}

    def _body(self, old: Json, new: Json) -> Iterator[str]:
        if new.get("required") and not old.get("required"):
            yield "a body is required now"
        for media, content in old.get("content", {}).items():
            if media not in new.get("content", {}):
                yield f"a body of {media} is taken no more"
            else:
                yield from self._sent(content["schema"], new["content"][media]["schema"], "body")

    def _answers(self, old: Json, new: Json) -> Iterator[str]:
        for status, reference in old.items():
            if not status.startswith("2"):
                continue
            if status not in new:
                yield f"it does not answer {status} any more"
                continue
            before, after = (
                _resolved(self.old, reference)["content"],
                _resolved(self.new, new[status])["content"],
            )
            for media, content in before.items():
                if media not in after:
                    yield f"it does not answer with {media} any more"
                else:
                    yield from self._read(content["schema"], after[media]["schema"], "answer")

    def _sent(self, old: Json, new: Json, where: str) -> Iterator[str]:
        """What old callers send."""
        before, after = _by_kind(self.old, old), _by_kind(self.new, new)
        if after and (lost := set(before) - set(after)) and not _is_number(lost, after):
            yield f"{where}: {', '.join(sorted(lost))} is taken no more"
        for kind in before.keys() & after.keys():
            one, other = before[kind], after[kind]
            if self._is_known(one, other, sent=True):
                continue
            yield from _narrowed(one, other, where)
            now = other.get("properties", {})
            for name in sorted(set(other.get("required", ())) - set(one.get("required", ()))):
                yield f"{where}.{name}: required now"
            for name, schema in one.get("properties", {}).items():
                if name not in now:
                    yield f"{where}.{name}: gone, and refused"
                else:
                    yield from self._sent(schema, now[name], f"{where}.{name}")
            for part, same in _parts(one, other):
                yield from self._sent(part, same, f"{where}[]")

    def _read(self, old: Json, new: Json, where: str) -> Iterator[str]:
        """What old callers read."""
        before, after = _by_kind(self.old, old), _by_kind(self.new, new)
        if before and (more := set(after) - set(before)) and not _is_number(more, before):
            yield f"{where}: may be {', '.join(sorted(more))} now"
        for kind in before.keys() & after.keys():
            one, other = before[kind], after[kind]
            if self._is_known(one, other, sent=False):
                continue
            now, sure = other.get("properties", {}), set(other.get("required", ()))
            for name, schema in one.get("properties", {}).items():
                if name not in now:
                    yield f"{where}.{name}: gone"
                    continue
                if name in one.get("required", ()) and name not in sure:
                    yield f"{where}.{name}: not always there any more"
                yield from self._read(schema, now[name], f"{where}.{name}")
            for part, same in _parts(one, other):
                yield from self._read(part, same, f"{where}[]")

    def _is_known(self, old: Json, new: Json, *, sent: bool) -> bool:
        """Two models are compared once, however often they stand somewhere."""
        key = (id(old), id(new), sent)
        is_known = key in self.seen
        self.seen.add(key)
        return is_known


def _resolved(description: Json, told: Json) -> Json:
    found: Any = told
    while "$ref" in found:
        parts = found["$ref"].removeprefix("#/").split("/")
        found = description
        for part in parts:
            found = found[part]
    return found  # type: ignore[no-any-return]


def _by_kind(description: Json, schema: Json) -> dict[str, Json]:
    """What may stand there, by the type JSON has for it; empty: anything."""
    schema = _resolved(description, schema)
    if "anyOf" in schema:
        found: dict[str, Json] = {}
        for one in schema["anyOf"]:
            found = _by_kind(description, one) | found
        return found
    kinds = schema.get("type")
    if kinds is None:
        values = schema.get("enum", [schema["const"]] if "const" in schema else ())
        kinds = sorted({"string" if isinstance(value, str) else "integer" for value in values})
    return dict.fromkeys([kinds] if isinstance(kinds, str) else kinds, schema)


def _parts(old: Json, new: Json) -> Iterator[tuple[Json, Json]]:
    """What lists are made of, and what stands under whatever names."""
    for name in ("items", "additionalProperties"):
        if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
            yield old[name], new[name]


def _is_number(kinds: set[str], others: Json) -> bool:
    """A whole number is a number."""
    return kinds == {"integer"} and "number" in others


def _narrowed(old: Json, new: Json, where: str) -> Iterator[str]:
    before, after = _values(old), _values(new)
    if after is not None and (before is None or before - after):
        lost = "anything but those listed" if before is None else ", ".join(sorted(before - after))
        yield f"{where}: {lost} is taken no more"
    for name in LEAST:
        if name in new and new[name] > old.get(name, float("-inf")):
            yield f"{where}: {name} is {new[name]} now"
    for name in MOST:
        if name in new and new[name] < old.get(name, float("inf")):
            yield f"{where}: {name} is {new[name]} now"


def _values(schema: Json) -> set[str] | None:
    """Those it must be one of, as text; None: it may be any."""
    if "enum" in schema:
        return {str(value) for value in schema["enum"]}
    return {str(schema["const"])} if "const" in schema else None
