"""A picture of all cases: operations a second against operations a byte, below what the chip was measured to do."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

OURS, PEER, CEILING = "#0072b2", "#d55e00", "#333333"  # apart for colour-blind readers too (Okabe and Ito)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 560, 64, 24, 44, 64


def ceilings(device):
    """{"tflops": of a matrix product of 8192^3 in bf16, "tbps": of a large copy, bytes read and written}, measured now
    on random numbers (zeros need less power)."""
    import torch

    from . import clock
    a, b = (torch.randn(8192, 8192, device=device, dtype=torch.bfloat16) for _ in range(2))
    y = torch.empty_like(a)
    x = torch.empty(1 << 30, device=device, dtype=torch.float32).normal_()
    z = torch.empty_like(x)
    turns = clock.turns({"product": clock.batch_of(lambda: torch.matmul(a, b, out=y), device),
                         "copy": clock.batch_of(lambda: z.copy_(x), device)}, 0.3, 3)
    best = {name: min(t["times"]) for name, t in turns.items()}
    return {"tflops": round(2 * 8192**3 / best["product"] / 1e12, 1),
            "tbps": round(2 * x.nbytes / best["copy"] / 1e12, 3)}


def points(records):
    """(id, operations a byte, TFLOP/s of ours, TFLOP/s of the peer or None) of records with a time."""
    out = []
    for r in records:
        if r.get("status") != "done" or "flops" not in r or "ours" not in r.get("raw_ms", {}):
            continue
        ours = r["raw_ms"]["ours"]["median"]
        peers = [r["raw_ms"][n]["median"] for n in r.get("counted", ()) if n in r["raw_ms"]]
        rate = [r["flops"] / ms / 1e9 for ms in (ours, *([min(peers)] if peers else []))]
        out.append((r["id"], r["flops"] / r["bytes"], rate[0], rate[1] if peers else None))
    return out


def draw(records, limit, title):
    """SVG text. limit: `ceilings`."""
    shown = points(records)
    x0, x1 = 0.5, max([4 * limit["tflops"] / limit["tbps"], *(2 * p[1] for p in shown)])
    y1 = 1.6 * limit["tflops"]
    y0 = min([limit["tbps"] * x0, *(0.7 * p[2] for p in shown)])

    def px(x):
        return LEFT + math.log(x / x0) / math.log(x1 / x0) * (WIDTH - LEFT - RIGHT)

    def py(y):
        return HEIGHT - BOTTOM - math.log(max(y, y0) / y0) / math.log(y1 / y0) * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" '
           f'role="img"><title>{escape(title)}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
           f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{escape(title)}</text>']
    for axis, low, high in (("y", y0, y1), ("x", x0, x1)):
        for e in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1):
            text = f"{10.0**e:g}"
            if axis == "y":
                out.append(f'<path d="M{LEFT} {py(10.0**e):.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/><text x="{LEFT - 8}" '
                           f'y="{py(10.0**e) + 4:.1f}" text-anchor="end">{text}</text>')
            else:
                out.append(f'<path d="M{px(10.0**e):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#dddddd"/><text '
                           f'x="{px(10.0**e):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{text}</text>')
    ridge = limit["tflops"] / limit["tbps"]
    out.append(f'<path d="M{px(x0):.1f} {py(limit["tbps"] * x0):.1f}L{px(ridge):.1f} {py(limit["tflops"]):.1f}H{WIDTH - RIGHT}" '
               f'fill="none" stroke="{CEILING}" stroke-width="2"/>')
    out.append(f'<text x="{WIDTH - RIGHT}" y="{py(limit["tflops"]) - 8:.1f}" text-anchor="end">matrix product 8192^3: '
               f'{limit["tflops"]:g} TFLOP/s; copy: {limit["tbps"]:g} TB/s</text>')
    for name, x, ours, peer in shown:
        at = px(x)
        tip = f"{name}: {ours:.1f} TFLOP/s" + (f", peer {peer:.1f}" if peer else "")
        if peer:
            out.append(f'<path d="M{at:.1f} {py(ours):.1f}V{py(peer):.1f}" stroke="#aaaaaa"/><rect x="{at - 4:.1f}" '
                       f'y="{py(peer) - 4:.1f}" width="8" height="8" fill="{PEER}"/>')
        out.append(f'<circle cx="{at:.1f}" cy="{py(ours):.1f}" r="4.5" fill="{OURS}"><title>{escape(tip)}</title></circle>')
    out += labels([(px(x), py(ours), name) for name, x, ours, _ in shown])
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 26}" text-anchor="middle">operations (of kept pairs) '
               f'a byte (of inputs and outputs)</text>'
               f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)" text-anchor="middle">TFLOP/s</text>'
               f'<circle cx="{LEFT + 8}" cy="{HEIGHT - 10}" r="4.5" fill="{OURS}"/><text x="{LEFT + 18}" y="{HEIGHT - 6}">ours</text>'
               f'<rect x="{LEFT + 64}" y="{HEIGHT - 14}" width="8" height="8" fill="{PEER}"/>'
               f'<text x="{LEFT + 78}" y="{HEIGHT - 6}">the peer of the bar</text></svg>')
    return "\n".join(out) + "\n"


def labels(places):
    """Names beside their points, moved down where they would lie on one another."""
    out, taken = [], []
    for x, y, name in sorted(places, key=lambda p: (p[1], p[0])):
        name = name.removeprefix("gpu-")
        width, left = 6.2 * len(name), x + 90 > WIDTH - RIGHT
        begin = x - 8 - width if left else x + 8
        while any(abs(y - b) < 11 and begin < a + w and a < begin + width for a, b, w in taken):
            y += 11
        taken.append((begin, y, width))
        out.append(f'<text x="{begin:.1f}" y="{y + 4:.1f}" font-size="11">{escape(name)}</text>')
    return out
