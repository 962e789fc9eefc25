"""What reading and annotating a large workbook costs, compared with calamine alone reading the same file.

``make bench ARGS=tabular`` prints the tables of ``README.md`` beside this file. Ratios count, not times. Nothing fails
because something is slow.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

sys.path.insert(0, str(Path(__file__).parents[1]))
from memory import peak

from shuixin.kit.annotating import annotate_workbook
from shuixin.kit.archives import MIB
from shuixin.kit.tabular import Limits, open_workbook, read_workbook

TITLES = ("资质", "业绩")
LIMITS = Limits(max_bytes=100 * MIB, max_unpacked=1024 * MIB)


def fill(path: Path, rows: int, columns: int, *, common: bool) -> None:
    """Write two sheets of codes, names, days, amounts and half empty columns.

    :param common: texts stand in the common table, as Excel saves them, and not in the cells.
    """
    chance = random.Random(4202)  # noqa: S311 - invented data
    with Workbook(path, {"constant_memory": not common, "strings_to_urls": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title in TITLES:
            sheet = book.add_worksheet(title)
            sheet.write_row(0, 0, [f"列{index}" for index in range(columns)])
            for number in range(1, rows + 1):
                for index in range(0, columns, 5):
                    sheet.write_string(number, index, f"91420200MA{chance.randrange(10**8):08}")
                    sheet.write_string(number, index + 1, f"富河综合治理工程第{chance.randrange(1000)}标段")
                    sheet.write_datetime(number, index + 2, date(2026, 1, 1 + number % 28), day)  # type: ignore[arg-type]
                    sheet.write_number(number, index + 3, chance.randrange(10**8) / 100)
                    if number % 2:
                        sheet.write_string(number, index + 4, chance.choice(["合格", "优良"]))


def calamine(path: Path) -> int:
    """Go through all rows with calamine alone."""
    with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
        return sum(1 for title in book.sheet_names for _row in book.get_sheet_by_name(title).iter_rows())


def streaming(path: Path) -> int:
    """Go through all rows one at a time."""
    with open_workbook(path, LIMITS) as sheets:
        return sum(1 for sheet in sheets for _row in sheet.rows())


def opening(path: Path) -> int:
    """Look the file through and read no row."""
    with open_workbook(path, LIMITS) as sheets:
        return sum(sheet.height for sheet in sheets)


def whole(path: Path) -> int:
    """Have all rows of all sheets at once."""
    return sum(len(sheet.rows) for sheet in read_workbook(path, LIMITS))


def annotating(path: Path) -> int:
    """Write a reason into each tenth row of a copy."""
    with open_workbook(path, LIMITS) as sheets:
        heights = {sheet.title: sheet.height for sheet in sheets}
    notes = {
        title: dict.fromkeys(range(10, height + 1, 10), "项目名称与登记的不一致") for title, height in heights.items()
    }
    annotate_workbook(path, path.with_suffix(".noted.xlsx"), notes, header="导入结果", limits=LIMITS)
    return sum(heights.values())


WAYS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "calamine": ("calamine alone, `iter_rows`", calamine),
    "streaming": ("`open_workbook`, row by row", streaming),
    "opening": ("`open_workbook`, without its rows", opening),
    "whole": ("`read_workbook`, all rows at once", whole),
    "annotating": ("opening and `annotate_workbook`", annotating),
}


def probe(way: str, path: Path) -> None:
    """Do it once in this process, and print rows, seconds of the processor, and by how many MB memory grew."""
    before = peak()
    began = time.process_time()
    rows = WAYS[way][1](path)
    took = time.process_time() - began
    print(json.dumps({"rows": rows, "seconds": took, "grown": peak() - before}))


def asked(way: str, path: Path) -> dict[str, float]:
    """Return what a process of its own says of *way*."""
    command = [sys.executable, __file__, "--probe", way, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def table(path: Path, rounds: int) -> Iterator[str]:
    """Yield the lines of the table of one file; the ways take turns, and the best of each counts."""
    found = [{way: asked(way, path) for way in WAYS} for _round in range(rounds)]
    best = {way: min(each[way]["seconds"] for each in found) for way in WAYS}
    yield "| | rows | s | ratio | memory grows, MB |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for way, (label, _function) in WAYS.items():
        rows, grown = found[0][way]["rows"], max(each[way]["grown"] for each in found)
        yield f"| {label} | {rows:,.0f} | {best[way]:.2f} | **{best[way] / best['calamine']:.2f}** | {grown:.0f} |"


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows: whether it runs, not what it measures")
    parser.add_argument("--columns", type=int, default=15, help="a multiple of five")
    parser.add_argument("--probe", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.probe:
        probe(options.probe, options.file)
        return 0
    rows, rounds = (1000, 1) if options.quick else (100_000, 5)
    with tempfile.TemporaryDirectory(prefix="shuixin-bench-") as scratch:
        for common in (True, False):
            path = Path(scratch) / f"{common}.xlsx"
            fill(path, rows, options.columns, common=common)
            texts = "texts in the common table" if common else "texts in the cells"
            print(f"\n{len(TITLES)} sheets x {rows:,} rows x {options.columns} columns, {texts}\n")
            for line in table(path, rounds):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
