#!/usr/bin/env python3
"""Draws recall against distance from the JSON of evaluate.py, as SVG.

    examples/recall/plot.py results.json [more.json ...] --out recall.svg

Several seeds of one kind of model become one line (their median) with a band from the worst to the best seed.
"""

import argparse
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from xml.sax.saxutils import escape

# Colours that remain apart for colour-blind readers (Okabe and Ito); lines differ in their dashes besides.
COLOURS = ("#0072b2", "#d55e00", "#555555", "#009e73", "#cc79a7", "#e69f00")
DASHES = ("", "7 4", "2 3", "10 3 2 3", "1 2", "")


@dataclass
class Series:
    """A line: `points` (x, y); `band` (x, low, high), drawn behind it if it is there."""

    name: str
    points: list
    band: list = field(default_factory=list)


def ticks(low, high, log):
    """Some 4 to 8 numbers between low and high: powers of ten, or steps of 1, 2 or 5 times one."""
    if log:
        return [10**e for e in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)]
    raw = (high - low) / 6 or 1
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw)
    return [step * i for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def short(x):
    """1000 -> 1K, 1000000 -> 1M."""
    for unit, name in ((10**6, "M"), (10**3, "K")):
        if abs(x) >= unit:
            return f"{x / unit:g}{name}"
    return f"{x:g}"


def chart(title, x_label, y_label, series, log_x=True, y_range=None, marks=(), percent=False, note=""):
    """SVG text of a line chart. marks: (x, text) of vertical lines."""
    width, height, left, right, top, bottom = 760, 420, 70, 20, 56, 84
    points = [p for s in series for p in s.points]
    if not points:
        points = [(1, 0.0), (10, 1.0)]
    x0, x1 = min(p[0] for p in points), max(p[0] for p in points)
    x1 = x1 if x1 > x0 else x0 + 1
    y0, y1 = y_range or (min(0.0, *(p[1] for p in points)), max(p[1] for p in points) * 1.05 or 1.0)

    def px(x):
        f = math.log(x / x0) / math.log(x1 / x0) if log_x else (x - x0) / (x1 - x0)
        return left + f * (width - left - right)

    def py(y):
        return height - bottom - (min(max(y, y0), y1) - y0) / (y1 - y0) * (height - top - bottom)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
           f'font-size="13" role="img"><title>{escape(title)}</title>',
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
           f'<text x="{left}" y="22" font-size="16" font-weight="bold">{escape(title)}</text>']
    for y in ticks(y0, y1, False):
        text = f"{100 * y:g} %" if percent else f"{y:g}"
        out.append(f'<path d="M{left} {py(y):.1f}H{width - right}" stroke="#dddddd"/><text x="{left - 8}" '
                   f'y="{py(y) + 4:.1f}" text-anchor="end">{text}</text>')
    for x in ticks(x0, x1, log_x):
        out.append(f'<path d="M{px(x):.1f} {height - bottom}v5" stroke="#333333"/><text x="{px(x):.1f}" '
                   f'y="{height - bottom + 19}" text-anchor="middle">{short(x)}</text>')
    for x, text in marks:
        out.append(f'<path d="M{px(x):.1f} {top}V{height - bottom}" stroke="#888888" stroke-dasharray="4 4"/>'
                   f'<text x="{px(x) + 5:.1f}" y="{(top + height - bottom) / 2:.0f}" fill="#555555">{escape(text)}</text>')
    out.append(f'<path d="M{left} {top}V{height - bottom}H{width - right}" fill="none" stroke="#333333"/>')
    legend = left
    for i, s in enumerate(series):
        colour, dash = COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]
        if s.band:
            edge = [(x, high) for x, _, high in s.band] + [(x, low) for x, low, _ in reversed(s.band)]
            d = "L".join(f"{px(x):.1f} {py(y):.1f}" for x, y in edge)
            out.append(f'<path d="M{d}Z" fill="{colour}" fill-opacity="0.15"/>')
        if s.points:
            d = "L".join(f"{px(x):.1f} {py(y):.1f}" for x, y in s.points)
            out.append(f'<path d="M{d}" fill="none" stroke="{colour}" stroke-width="2.2" stroke-dasharray="{dash}"/>')
        if len(s.points) <= 20:
            out += [f'<circle cx="{px(x):.1f}" cy="{py(y):.1f}" r="3" fill="{colour}"/>' for x, y in s.points]
        out.append(f'<path d="M{legend} 42h26" stroke="{colour}" stroke-width="2.2" stroke-dasharray="{dash}"/>'
                   f'<text x="{legend + 32}" y="46">{escape(s.name)}</text>')
        legend += 50 + 7 * len(s.name)
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 46}" text-anchor="middle">{escape(x_label)}</text>'
               f'<text transform="translate(18 {(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">'
               f'{escape(y_label)}</text>')
    for i, line in enumerate(note.split("\n") if note else []):
        out.append(f'<text x="{left}" y="{height - 24 + 15 * i}" font-size="11" fill="#555555">{escape(line)}</text>')
    return "\n".join(out) + "\n</svg>\n"


NAMES = {"stretched": "stretched gate per slot", "soft": "soft gate (gru)", "none": "no bank"}


def recall_chart(records):
    """The chart of a list of records of evaluate.py, all of one task."""
    tasks = {json.dumps(r["task"], sort_keys=True) for r in records}
    if len(tasks) != 1:
        raise ValueError("records of different tasks do not go into one chart")
    task, series = records[0]["task"], []
    for gate, name in NAMES.items():
        mine = [r for r in records if r["config"]["gate"] == gate]
        at = {}
        for record in mine:
            for row in record["results"]:
                at.setdefault(row["tokens"], []).append(row["accuracy"])
        points = [(x, median(at[x])) for x in sorted(at)]
        band = [(x, min(at[x]), max(at[x])) for x in sorted(at)] if len(mine) > 1 else []
        if mine:
            seeds = f", {len(mine)} seeds" if len(mine) > 1 else ""
            series.append(Series(name + seeds, points, band))
    series.sort(key=lambda s: -s.points[-1][1])
    trained = max(r["training"]["segments"] for r in records) * task["segment"]
    several = any(s.band for s in series)
    note = f"{task['pairs']} key-value pairs in the first {task['segment']} tokens, then noise, then the questions. " \
           f"A guess is right in {100 / task['values']:.2g} % of cases." \
           + ("\nSeveral seeds: the line is their median, the band reaches from the worst to the best." if several else "")
    return chart("Recall of facts from the first segment of a stream", "tokens between start and questions (log scale)",
                 "answers that are right", series, y_range=(0.0, 1.0), percent=True,
                 marks=[(trained, f"longest in training: {trained} tokens")], note=note)


def read(paths):
    """The records of JSON files: one record, or a list of them."""
    records = []
    for path in paths:
        data = json.loads(Path(path).read_text())
        records += data["evaluations"] if isinstance(data, dict) and "evaluations" in data else \
            data if isinstance(data, list) else [data]
    return records


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("results", nargs="+", type=Path)
    p.add_argument("--out", type=Path, default=Path("recall.svg"))
    args = p.parse_args()
    args.out.write_text(recall_chart(read(args.results)))
    print(args.out)


if __name__ == "__main__":
    main()
