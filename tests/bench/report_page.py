"""Checks a report's page: `numbers` against its raw data, `looks` by pictures.

usage: report_page.py numbers|looks FOLDER

The folder has report.html and report.json, and for `looks` light.png and
dark.png, what a browser made of the page in each theme.
"""

import html.parser
import json
import pathlib
import struct
import sys
import zlib


class Page(html.parser.HTMLParser):
    """The rows of all tables, the sections' titles, and what the page loads."""

    def __init__(self):
        super().__init__()
        self.rows = []
        self.titles = []
        self.loads = []
        self.drawings = 0
        self._cell = None
        self._title = False

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._cell = ""
        elif tag == "h2":
            self._title = True
            self.titles.append("")
        elif tag == "svg":
            self.drawings += 1
        self.loads += [
            f"{tag} {name}={value}"
            for name, value in attributes
            if name in ("src", "href", "style") and tag != "a"
        ]

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append(self._cell)
            self._cell = None
        elif tag == "h2":
            self._title = False

    def handle_data(self, text):
        if self._cell is not None:
            self._cell += text
        elif self._title:
            self.titles[-1] += text


def close(shown, value):
    """Whether a number as it is shown is `value`, rounded."""
    units = {"k": 1e3, "M": 1e6, "G": 1e9}
    number, _, unit = shown.partition(" ")
    number = float(number.rstrip("x")) * units.get(unit, 1)
    return abs(number - value) <= max(0.006 * abs(value), 0.51)


def check_numbers(folder):
    page = Page()
    page.feed((folder / "report.html").read_text())
    raw = json.loads((folder / "report.json").read_text())
    assert not page.loads, page.loads
    assert page.drawings >= 3, page.drawings
    for title in ("Every path", "The floor", "Scaling", "Claims"):
        assert title in page.titles, page.titles

    headline = {row[0]: row for row in page.rows if len(row) == 10}
    # The table of transfers is as wide, but has no ratios.
    floors = {
        row[0]: row
        for row in page.rows
        if len(row) == 6 and row[3].endswith("x")
    }
    shown = 0
    for path in raw["paths"]:
        name = path["path"]
        if name.startswith("primitive/"):
            assert name not in headline
            continue
        row = headline[name]
        assert row[1] == path["meaning"], row
        latency = path["latency_ns"]
        for cell, value in zip(
            row[2:3] + row[4:8],
            (
                path["ns"]["median"],
                path["calls_per_second"],
                latency["p50"],
                latency["p99"],
                latency["p99_9"],
            ),
        ):
            assert close(cell, value), (name, cell, value)
        if "floor" in path:
            parts = sum(part["ns"] for part in path["floor"]["parts"])
            assert close(floors[name][2], parts), (floors[name], parts)
            assert close(row[9], path["floor"]["median"]), row
        shown += 1
    assert shown >= 30, shown

    claims = {row[0]: row for row in page.rows if len(row) == 5}
    for claim in raw["claims"]:
        verdict = claims[claim["claim"]][4]
        assert verdict.startswith("met") == claim["met"], (claim, verdict)


def read_png(path):
    """The rows of an 8-bit RGB or RGBA picture, as bytes, and the pixel size."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    assert depth == 8 and colour in (2, 6), (depth, colour)
    step = 3 if colour == 2 else 4
    lines = zlib.decompress(packed)
    rows, before = [], bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        kind = lines[start]
        row = bytearray(lines[start + 1 : start + 1 + width * step])
        for i in range(len(row)):
            left = row[i - step] if i >= step else 0
            up = before[i]
            corner = before[i - step] if i >= step else 0
            if kind == 1:
                row[i] = (row[i] + left) & 255
            elif kind == 2:
                row[i] = (row[i] + up) & 255
            elif kind == 3:
                row[i] = (row[i] + (left + up) // 2) & 255
            elif kind == 4:
                guess = left + up - corner
                nearest = min(
                    (abs(guess - left), 0, left),
                    (abs(guess - up), 1, up),
                    (abs(guess - corner), 2, corner),
                )[2]
                row[i] = (row[i] + nearest) & 255
        rows.append(bytes(row))
        before = row
    return rows, step


def check_looks(folder):
    for theme, dark in (("light", False), ("dark", True)):
        rows, step = read_png(folder / f"{theme}.png")
        paper = sum(rows[1][:3]) / 3
        assert (paper < 64) if dark else (paper > 224), (theme, paper)
        # What is written differs from the paper, down to the end of the picture.
        marked = [
            y
            for y, row in enumerate(rows)
            if any(abs(row[i] - paper) > 96 for i in range(0, len(row), step))
        ]
        assert len(marked) > len(rows) / 5, (theme, len(marked))
        assert marked[-1] > len(rows) * 3 / 4, (theme, marked[-1])
        # The charts have colours of their own.
        hues = {
            (row[i] >> 5, row[i + 1] >> 5, row[i + 2] >> 5)
            for row in rows
            for i in range(0, len(row), step)
            if max(row[i : i + 3]) - min(row[i : i + 3]) > 80
        }
        assert len(hues) >= 4, (theme, hues)


def main():
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    {"numbers": check_numbers, "looks": check_looks}[what](folder)


main()
