"""Line plots as SVG."""

import dataclasses
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 420, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 110, 48, 44
COLOURS = ["#9a6700", "#d4a72c", "#0550ae", "#54aeff"]


@dataclasses.dataclass(frozen=True)
class Panel:
    """One plot: what it shows in seconds, over what, and lines by their names."""

    title: str
    over: str
    lines: dict


def step(most):
    """A round distance between marks, for about five of them."""
    power = 10 ** math.floor(math.log10(most / 5))
    return next(power * round for round in (1, 2, 5, 10) if power * round * 5 >= most)


def panel(one, left):
    points = [point for line in one.lines.values() for point in line]
    most = max(y for _, y in points)
    mark = step(most)
    top = mark * math.ceil(most / mark)
    first, last = min(x for x, _ in points), max(x for x, _ in points)

    def across(x):
        return left + LEFT + (WIDTH - LEFT - RIGHT) * (x - first) / (last - first)

    def down(y):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top

    end = left + WIDTH - RIGHT
    parts = [f'<text x="{left + LEFT}" y="{TOP - 12}" font-weight="bold">{escape(one.title)}</text>',
             f'<text x="{(left + LEFT + end) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">'
             f'{escape(one.over)}</text>']
    for number in range(round(top / mark) + 1):
        y = down(number * mark)
        parts += [f'<line x1="{left + LEFT}" y1="{y:.1f}" x2="{end}" y2="{y:.1f}" stroke="#d0d7de"/>',
                  f'<text x="{left + LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                  f'{number * mark:g} s</text>']
    for x in sorted({x for x, _ in points}):
        parts.append(f'<text x="{across(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
                     f'{x:g}</text>')
    names = []
    for (name, line), colour in zip(one.lines.items(), colours(one.lines)):
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="3" fill="{colour}"/>'
                  for x, y in line]
        names.append([down(line[-1][1]) + 4, name, colour])
    # Names of lines that end side by side stand below one another, within the plot.
    names.sort(reverse=True)
    for lower, name in zip([[HEIGHT - BOTTOM + 18]] + names, names):
        name[0] = min(name[0], lower[0] - 14)
    parts += [f'<text x="{end + 8}" y="{y:.1f}" fill="{colour}">{escape(name)}</text>'
              for y, name, colour in names]
    return parts


def colours(lines):
    return COLOURS if len(lines) > 2 else COLOURS[::2]


def side_by_side(title, *panels):
    """An SVG of panels in a row."""
    width = WIDTH * len(panels)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" '
             'font-family="sans-serif" font-size="12" fill="#1f2328">',
             f"<title>{escape(title)}</title>",
             f'<rect width="{width}" height="{HEIGHT}" fill="white"/>',
             f'<text x="{LEFT}" y="18" font-size="14">{escape(title)}</text>']
    for number, one in enumerate(panels):
        parts += panel(one, number * WIDTH)
    return "\n".join([*parts, "</svg>"]) + "\n"
