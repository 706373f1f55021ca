"""The style of a workflow's drawing as a file of its own. Pure.

On a page they come from ``static/css/pages/workflow.css``; its content policy lets no style stand
in the drawing itself. A file is read on white, whatever the reader's screen.
"""

STYLE = """
.graph { background: #fff; font: 500 14px system-ui, sans-serif; }
.node rect { fill: #fff; stroke: #98a0ab; }
.node text { fill: #1d232b; }
.node.start rect { fill: #e8effd; stroke: #3a66c4; }
.node.end rect { fill: #e3f5ea; stroke: #2d8a57; }
.node.stop rect { fill: #fdeae8; stroke: #c2483d; }
.node.off { opacity: 0.55; }
.frame rect { fill: #f5f6f8; stroke: #d5d9df; }
.edge { fill: none; stroke: #98a0ab; stroke-width: 1.5; }
.edge.faint { stroke-width: 1; }
.arrow { fill: #98a0ab; }
.node .sub, .frame .sub, .elabel text { fill: #59626e; font-size: 12px; font-weight: 400; }
"""


def alone(drawn: str) -> str:
    """``drawn``, one ``<svg>`` as ``graph.draw`` makes it, with its looks inside."""
    head, end, rest = drawn.partition(">")
    return f"{head}{end}<style>{STYLE}</style>{rest}"
