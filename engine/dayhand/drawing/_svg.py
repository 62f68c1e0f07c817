"""A drawing as SVG: one file with its own style, text as text, readable without colour."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from dayhand.drawing._layout import Shape, layout
from dayhand.drawing._picture import Picture

_STYLE = """\
text { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif; fill: #1d2733; }
.heading { font-size: 17px; font-weight: 600; }
.title { font-size: 13px; font-weight: 600; }
.under { font-size: 11px; font-family: ui-monospace, 'DejaVu Sans Mono', monospace; fill: #4a5866; }
.note { font-size: 11px; fill: #4a5866; }
.effect { font-size: 11px; font-weight: 600; }
.page { fill: #ffffff; }
.box { fill: #ffffff; stroke: #8795a3; }
.box.due { fill: #eef2f6; stroke: #8795a3; }
.box.asks { fill: #fff8e0; }
.box.send { fill: #fdeee6; }
.frame { fill: #f6f8fa; stroke: #b3bec9; }
.frame.branches, .frame.loop { stroke-dasharray: 6 4; }
.frame.fails { fill: #fbf3f3; stroke: #c9a5a5; }
.bar { fill: #b3bec9; stroke: none; }
.bar.read { fill: #7f93a8; } .bar.write { fill: #3f8f5f; } .bar.record { fill: #2f6fb3; }
.bar.send { fill: #c2501c; } .bar.asks { fill: #c99700; } .bar.ends { fill: #a33a3a; }
.effect.read { fill: #5b6f84; } .effect.write { fill: #2d7148; } .effect.record { fill: #23588f; }
.effect.send { fill: #a5410f; } .effect.asks { fill: #7d5e00; } .effect.ends { fill: #8c2f2f; }
.arrow, .way { fill: none; stroke: #5b6875; stroke-width: 1.3; }
.arrow { marker-end: url(#tip); }
.arrow.fails { stroke: #a33a3a; stroke-dasharray: 4 3; }
"""
_TIP = (
    '<marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path d="M0 0 8 4 0 8z" fill="#5b6875"/></marker>'
)


def as_svg(drawn: Picture) -> str:
    """The SVG document, for a browser or a word processor; the same text for the same routine."""
    laid = layout(drawn)
    width, height = f"{laid.width:.0f}", f"{laid.height:.0f}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(_clean(drawn.title))}>'
    )
    parts = [head, f"<title>{_text(drawn.title)}</title>", f"<style>\n{_STYLE}</style>"]
    parts += [f"<defs>{_TIP}</defs>", f'<rect class="page" width="{width}" height="{height}"/>']
    parts += [_DRAWN[shape.kind](shape) for shape in laid.shapes]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _rect(shape: Shape) -> str:
    (x, y), (right, bottom) = shape.points
    round_ = {"box due": ' rx="14"', "bar": ""}.get(shape.look, ' rx="3"')
    return (
        f'<rect class="{shape.look}" x="{x:.1f}" y="{y:.1f}" width="{right - x:.1f}" '
        f'height="{bottom - y:.1f}"{round_}/>'
    )


def _words(shape: Shape) -> str:
    ((x, y),) = shape.points
    return f'<text class="{shape.look}" x="{x:.1f}" y="{y:.1f}">{_text(shape.text)}</text>'


def _line(shape: Shape) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
    return f'<polyline class="{shape.look}" points="{points}"/>'


_DRAWN = {"rect": _rect, "text": _words, "line": _line}


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return "".join(
        char for char in text if char in "\t\n" or (ord(char) >= 32 and char not in "\ufffe\uffff")
    )
