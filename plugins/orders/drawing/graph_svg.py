"""The graph of a workflow as SVG text: presentation attributes and classes, nothing inline. Pure.

The classes are those of ``static/css/pages/workflow.css``. The table beside it is the version for
everybody; the picture says the same in its description.
"""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from xml.sax.saxutils import escape, quoteattr

from billing_panel.kernel.language.text import DEFAULT_LANGUAGE
from plugins.orders.drawing.graph_elements import Arrow, Box, Node, Picture, picture_of
from plugins.orders.drawing.graph_layers import Line
from plugins.orders.drawing.graph_layout import Laid, Place, Point, Route, Size, lay_out
from plugins.orders.workflow.workflow import Workflow

MARGIN = 8.0
# the widest letters of the panel's font, at its sizes in the picture
TITLE_LETTER, SMALL_LETTER = 8.4, 7.3
TITLE_LINE, SMALL_LINE = 18.0, 15.0
TITLE_CHARACTERS, NOTE_CHARACTERS, LABEL_CHARACTERS = 17, 22, 16
BOX_PADDING, BOX_HEIGHT = 14.0, 44.0
FRAME_PADDING, FRAME_HEAD, FRAME_GAP = 12.0, 26.0, 10.0
CORNER = 7.0


def draw(workflow: Workflow, language: str = DEFAULT_LANGUAGE, *, name: str = "workflow") -> str:
    """One ``<svg>``. ``name`` begins the ids in it; two pictures on a page need two."""
    picture = picture_of(workflow, language)
    lines = {arrow: _line(arrow) for arrow in picture.arrows}
    sizes = {node.key: _node_size(node) for node in picture.nodes}
    starts = [node.key for node in picture.nodes if any(box.kind == "start" for box in node.boxes)]
    laid = lay_out(sizes, [*lines.values()], starts)
    return "".join(_svg(picture, laid, {line: arrow for arrow, line in lines.items()}, name))


def _svg(picture: Picture, laid: Laid, arrows: dict[Line, Arrow], name: str) -> Iterator[str]:
    width, height = laid.size.width + 2 * MARGIN, laid.size.height + 2 * MARGIN
    title, description, head = f"{name}-title", f"{name}-description", f"{name}-arrow"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" width="{width:.0f}"'
        f' height="{height:.0f}" viewBox="{-MARGIN:g} {-MARGIN:g} {width:.0f} {height:.0f}"'
        f' role="img" aria-labelledby={quoteattr(f"{title} {description}")}>'
        f"<title id={quoteattr(title)}>{escape(picture.title)}</title>"
        f"<desc id={quoteattr(description)}>{escape(picture.description)}</desc>"
        f'<defs><marker id={quoteattr(head)} viewBox="0 0 8 8" refX="7" refY="4"'
        ' markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        '<path class="arrow" d="M0 0 8 4 0 8z"/></marker></defs>'
    )
    solid = {route.bundle for route in laid.routes if not arrows[route.line].faint}
    for route in laid.routes:
        faint = arrows[route.line].faint and (route.begins or route.bundle not in solid)
        yield _edge(route, faint=faint, head=head)
    for node in picture.nodes:
        yield from _node(node, laid.places[node.key])
    for line, room in laid.labels.items():
        yield _label(arrows[line], room)
    yield "</svg>"


# --- measures -----------------------------------------------------------------------------------


def _line(arrow: Arrow) -> Line:
    labels = _label_lines(arrow)
    width = max((len(label) for label in labels), default=0) * SMALL_LETTER
    return Line(arrow.source, arrow.target, width, len(labels) * SMALL_LINE)


def _label_lines(arrow: Arrow) -> list[str]:
    """Each way on lines of its own."""
    return [
        line
        for label in arrow.labels
        for line in wrap(label, LABEL_CHARACTERS, break_long_words=False)
    ]


def _node_size(node: Node) -> Size:
    boxes = [_box_size(box) for box in node.boxes]
    width, height = max(box.width for box in boxes), max(box.height for box in boxes)
    if not node.framed:
        return Size(width, height)
    rows = -(-len(boxes) // 2)
    head = len(node.title) * SMALL_LETTER
    return Size(
        max(2 * width + FRAME_GAP, head) + 2 * FRAME_PADDING,
        rows * (height + FRAME_GAP) - FRAME_GAP + FRAME_HEAD + FRAME_PADDING,
    )


def _box_size(box: Box) -> Size:
    titles, notes = _title_lines(box), _note_lines(box)
    text = max(
        *(len(line) * TITLE_LETTER for line in titles),
        *(len(line) * SMALL_LETTER for line in notes),
        0.0,
    )
    high = len(titles) * TITLE_LINE + len(notes) * SMALL_LINE
    return Size(max(text, 80.0) + 2 * BOX_PADDING, max(high + BOX_PADDING, BOX_HEIGHT))


def _title_lines(box: Box) -> list[str]:
    return wrap(box.title, TITLE_CHARACTERS, break_long_words=False) or [""]


def _note_lines(box: Box) -> list[str]:
    return [
        line for note in box.notes for line in wrap(note, NOTE_CHARACTERS, break_long_words=False)
    ]


# --- marks --------------------------------------------------------------------------------------


def _edge(route: Route, *, faint: bool, head: str) -> str:
    looks = 'class="edge faint" stroke-dasharray="3 3"' if faint else 'class="edge"'
    end = "start" if route.arrow == "begin" else "end"
    marker = f' marker-{end}="url(#{escape(head)})"' if route.arrow else ""
    return f'<path {looks} fill="none" d="{_rounded(route.points)}"{marker}/>'


def _rounded(points: Sequence[Point]) -> str:
    """A line through ``points``, square, with its corners cut round."""
    first, *others = points
    if len(others) == 1:
        return f"M{first.x:.1f} {first.y:.1f}V{others[0].y:.1f}"
    turn, after, end = others
    corner = min(CORNER, abs(after.x - turn.x) / 2)
    side = corner if after.x > turn.x else -corner
    return (
        f"M{first.x:.1f} {first.y:.1f}V{turn.y - corner:.1f}"
        f"Q{turn.x:.1f} {turn.y:.1f} {turn.x + side:.1f} {turn.y:.1f}"
        f"H{after.x - side:.1f}Q{after.x:.1f} {after.y:.1f} {after.x:.1f} {after.y + corner:.1f}"
        f"V{end.y:.1f}"
    )


def _node(node: Node, place: Place) -> Iterator[str]:
    if not node.framed:
        yield _box(node.boxes[0], place)
        return
    yield (
        f'<g class="frame">{_rectangle(place)}'
        f'<text class="sub" x="{place.x + FRAME_PADDING:.1f}" y="{place.y + 17:.1f}">'
        f"{escape(node.title)}</text></g>"
    )
    for box, inner in zip(node.boxes, _inner(node, place), strict=True):
        yield _box(box, inner)


def _inner(node: Node, place: Place) -> Iterator[Place]:
    """Two columns, filled row by row."""
    rows = -(-len(node.boxes) // 2)
    width = (place.width - 2 * FRAME_PADDING - FRAME_GAP) / 2
    height = (place.height - FRAME_HEAD - FRAME_PADDING + FRAME_GAP) / rows - FRAME_GAP
    for number in range(len(node.boxes)):
        yield Place(
            place.x + FRAME_PADDING + number % 2 * (width + FRAME_GAP),
            place.y + FRAME_HEAD + number // 2 * (height + FRAME_GAP),
            width,
            height,
        )


def _box(box: Box, place: Place) -> str:
    titles, notes = _title_lines(box), _note_lines(box)
    y = place.y + (place.height - len(titles) * TITLE_LINE - len(notes) * SMALL_LINE) / 2
    middle = place.x + place.width / 2
    words = []
    for title in titles:
        y += TITLE_LINE
        words.append(_text(title, middle, y - 4.5))
    for note in notes:
        y += SMALL_LINE
        words.append(_text(note, middle, y - 3.5, of='class="sub" '))
    kind = " ".join(filter(None, ("node", box.kind, "" if box.enabled else "off")))
    return f'<g class="{kind}">{_rectangle(place, dashed=not box.enabled)}{"".join(words)}</g>'


def _rectangle(place: Place, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<rect x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}"'
        f' height="{place.height:.1f}" rx="10"{dashes}/>'
    )


def _text(words: str, x: float, y: float, *, of: str = "") -> str:
    return f'<text {of}x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(words)}</text>'


def _label(arrow: Arrow, room: Place) -> str:
    words = (
        f'<text x="{room.x:.1f}" y="{room.y + SMALL_LINE * (n + 0.75):.1f}">{escape(line)}</text>'
        for n, line in enumerate(_label_lines(arrow))
    )
    return f'<g class="elabel">{"".join(words)}</g>'
