"""Measures import and rebuild of a ledger of some size, and draws growth.svg.

    python benchmarks/growth.py [EVENTS FOLDER]

With a number of events and a folder for the files (2.5 kB an event), it measures first and keeps
what it found in growth.json, which has a row for each step and size.
"""

import json
import math
import sys
from pathlib import Path

import generate
import run

from ledger.book import create

HERE = Path(__file__).resolve().parent
KEPT = HERE / "growth.json"
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 300, 60, 40, 20
COLOURS = {"import": "#1b4f8a", "rebuild": "#b3541e"}


def drawn(rows: list[dict[str, float | str]]) -> str:
    """The plot as SVG: a line for each step, the size on a logarithmic axis."""
    sizes = sorted({int(row["events"]) for row in rows})
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])
    most = 100 * math.ceil(max(float(row["cpu_us"]) for row in rows) / 100)

    def x(size: float) -> float:
        return LEFT + (math.log10(size) - first) / (last - first) * (WIDTH - LEFT - 110)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' font-family="sans-serif" font-size="12">',
        "<title>Microseconds of processor time an event, by events in the ledger</title>",
    ]
    for value in range(0, most + 1, 100):
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 100}" y1="{y(value):.0f}" y2="{y(value):.0f}"'
            f' stroke="#ccc"/><text x="{LEFT - 8}" y="{y(value) + 4:.0f}" text-anchor="end">'
            f"{value} µs</text>"
        )
    for size in sizes:
        place = f'x="{x(size):.0f}" y="{HEIGHT - BOTTOM + 20}"'
        parts.append(f'<text {place} text-anchor="middle">{size:,}</text>')
    for step, colour in COLOURS.items():
        points = sorted((int(r["events"]), float(r["cpu_us"])) for r in rows if r["step"] == step)
        line = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for size, value in points:
            parts.append(f'<circle cx="{x(size):.1f}" cy="{y(value):.1f}" r="3" fill="{colour}"/>')
        end = points[-1]
        parts.append(
            f'<text x="{x(end[0]) + 8:.0f}" y="{y(end[1]) + 4:.0f}" fill="{colour}">{step}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def measure(events: int, folder: Path) -> None:
    """Import and rebuild of generated events, each in a process of its own, into growth.json."""
    source, path = folder / f"{events}.jsonl", folder / f"{events}.db"
    generate.write(source, events)
    create(path, "bench")
    for step in COLOURS:
        row = {"step": step, **run.in_child(step, path, source), "events": events}
        told = [
            r for r in json.loads(KEPT.read_text()) if (r["step"], r["events"]) != (step, events)
        ]
        told = sorted([*told, row], key=lambda r: (r["events"], r["step"]))
        KEPT.write_text("[\n " + ",\n ".join(json.dumps(r) for r in told) + "\n]\n")
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(int(sys.argv[1]), Path(sys.argv[2]))
    told = json.loads(KEPT.read_text())
    (HERE / "growth.svg").write_text(drawn(told), encoding="utf-8")
