"""Count the product code of this tree: folders, lines, functions, docstrings, annotations, cycles.

    scripts/figures.py [FOLDER]     the tree to count; this one when nothing is named

Coverage is told where the tests have left a ``.coverage`` there, and coverage.py is installed.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from itertools import chain
from pathlib import Path
from statistics import median, quantiles

PRODUCT = ("billing_panel", "invoices", "permissions", "plugins", "templates")
MIGRATION = re.compile(r"_\d{4}_")
MOST_MODULES, MOST_LINES = 15, 400

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """``name`` with dots, as it is imported; ``folder`` as a path from the root."""

    name: str
    folder: str
    lines: int
    tree: ast.Module
    is_package: bool


def main(arguments: Sequence[str]) -> None:
    root = Path(arguments[0] if arguments else Path(__file__).parent.parent).resolve()
    product = [one for top in PRODUCT for one in modules(root, top)]
    told = chain(
        of_folders(product),
        of_functions(product),
        of_words(product),
        of_cycles(product),
        of_tests(product, list(modules(root, "tests"))),
        of_coverage(root),
    )
    sys.stdout.write("".join(f"{name:<32}{figure}\n" for name, figure in told))


def modules(root: Path, top: str) -> Iterator[Module]:
    """Every module below ``top`` but migrations, which are written once and never read again."""
    for path in sorted((root / top).rglob("*.py")):
        inside = path.relative_to(root)
        if not MIGRATION.search(path.stem):
            source = path.read_text()
            parts = inside.with_suffix("").parts
            is_package = path.name == "__init__.py"
            name = ".".join(parts[:-1] if is_package else parts)
            lines = len(source.splitlines())
            yield Module(name, str(inside.parent), lines, ast.parse(source), is_package)


# --- what is counted ------------------------------------------------------------------------------


def of_folders(product: Sequence[Module]) -> Iterator[tuple[str, str]]:
    folders = Counter(one.folder for one in product if not one.is_package)
    (fullest, most), *_ = folders.most_common()
    longest = max(product, key=lambda one: one.lines)
    yield "modules", str(sum(folders.values()))
    yield "folders", str(len(folders))
    yield "modules a folder", f"median {median(folders.values()):g}, most {most} ({fullest})"
    over = sum(number > MOST_MODULES for number in folders.values())
    yield f"folders over {MOST_MODULES} modules", str(over)
    yield "lines", str(sum(one.lines for one in product))
    yield "longest module", f"{longest.lines} ({longest.name})"
    yield f"modules over {MOST_LINES} lines", str(sum(one.lines > MOST_LINES for one in product))


def of_functions(product: Sequence[Module]) -> Iterator[tuple[str, str]]:
    """Lines of a function, its head and docstring among them."""
    found = [
        ((function.end_lineno or 0) - function.lineno + 1, f"{one.name}.{function.name}")
        for one in product
        for function in functions(one)
    ]
    lengths = [length for length, _ in found]
    *_, ninety = quantiles(lengths, n=10)
    longest, name = max(found)
    yield "functions", str(len(found))
    yield "lines a function", f"median {median(lengths):g}, 90 % {ninety:g}"
    yield "longest function", f"{longest} ({name})"


def of_words(product: Sequence[Module]) -> Iterator[tuple[str, str]]:
    """Public functions and classes with a docstring; functions annotated throughout."""
    public = [
        node
        for one in product
        for node in one.tree.body
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")
    ]
    every = [function for one in product for function in functions(one)]
    said = (bool(ast.get_docstring(one.tree)) for one in product if not one.is_package)
    yield "modules with a docstring", share(said)
    yield "public names with a docstring", share(bool(ast.get_docstring(node)) for node in public)
    yield "functions fully annotated", share(is_annotated(function) for function in every)


def of_cycles(product: Sequence[Module]) -> Iterator[tuple[str, str]]:
    """Modules that import each other, whichever way round, at the head of the file or inside."""
    rings = cycles({one.name: imported(one, {m.name for m in product}) for one in product})
    yield "import cycles", str(len(rings))
    for ring in rings:
        yield "  a cycle", " ".join(sorted(ring))


def of_tests(product: Sequence[Module], tests: Sequence[Module]) -> Iterator[tuple[str, str]]:
    ours, theirs = (sum(one.lines for one in group) for group in (product, tests))
    named = (f.name for one in tests for f in functions(one))
    yield "test functions", str(sum(name.startswith("test_") for name in named))
    yield "lines of tests to code", f"{theirs} to {ours} ({theirs / ours:.2f})"


def of_coverage(root: Path) -> Iterator[tuple[str, str]]:
    """By the configuration of that tree: lines and branches together."""
    if not (root / ".coverage").exists():
        return
    with suppress(ImportError):
        coverage = import_module("coverage")
        measured = coverage.Coverage(str(root / ".coverage"), config_file=str(root / "setup.cfg"))
        measured.load()
        total = measured.report(file=StringIO(), omit=measured.get_option("run:omit"))
        yield "coverage of what decides", f"{total:.1f} %"


# --- how it is counted ----------------------------------------------------------------------------


def functions(module: Module) -> Iterator[Function]:
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def is_annotated(function: Function) -> bool:
    """Its result, and each argument but ``self`` and ``cls``."""
    given = function.args
    some = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
    return function.returns is not None and all(
        one is None or one.annotation is not None or one.arg in {"self", "cls"} for one in some
    )


def share(answers: Iterable[bool]) -> str:
    known = list(answers)
    return f"{sum(known)} of {len(known)} ({sum(known) / len(known):.1%})"


def imported(module: Module, known: set[str]) -> set[str]:
    """The modules of the product that ``module`` imports; what stands behind TYPE_CHECKING too."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
            kept = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*kept, *([node.module] if node.module else [])])
            inside = {f"{base}.{alias.name}" for alias in node.names} & known
            found |= inside or {base}
    return (found & known) - {module.name}


def cycles(imports: Mapping[str, set[str]]) -> list[set[str]]:
    """Groups of names, each of which reaches all the others of its group."""
    reached = {name: reach(imports, name) for name in imports}
    rings: list[set[str]] = []
    for name, others in reached.items():
        ring = {other for other in others if name in reached[other]}
        if name in others and ring not in rings:
            rings.append(ring)
    return rings


def reach(imports: Mapping[str, set[str]], name: str) -> set[str]:
    """Whatever is imported on the way from ``name``; itself only when it comes round."""
    seen: set[str] = set()
    left = [*imports[name]]
    while left:
        other = left.pop()
        if other not in seen:
            seen.add(other)
            left += imports[other]
    return seen


if __name__ == "__main__":
    main(sys.argv[1:])
