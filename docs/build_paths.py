"""Write ``docs/filing-path.md``, the drawing of the way of a filing, from the code: ``make docs``.

``--check`` only says whether the file is up to date. What the drawing shows is :data:`shuixin.kit.review.PATH`; the
words are those that people read.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from shuixin.kit import review
from shuixin_credit_collection.services.presentation import ACTS

TARGET = Path(__file__).resolve().parent / "filing-path.md"
HEAD = """# The way of a filing (申报的办理流程)

Drawn from `shuixin.kit.review.PATH` by `make docs`; do not edit. What is not drawn cannot happen: a state machine in
`plugins/credit_collection/tests/test_path.py` tries every act at every stage.

"""


def drawing() -> str:
    """Return the path as a Mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {review.Stage.DRAFT}: {ACTS['draft'].source}"]
    lines += [f"    {stage}: {review.STAGE_WORDS[stage].source}" for stage in review.Stage]
    lines += [
        f"    {stage} --> {following}: {ACTS[act].source}" for (stage, act), following in review.PATH.steps.items()
    ]
    return "\n".join([*lines, *(f"    {stage} --> [*]" for stage in review.Stage if stage in review.FINAL), "```"])


def table() -> str:
    """Return the same as a table, for those who cannot see the diagram."""
    rows = [
        f"| {review.STAGE_WORDS[stage].source} | {ACTS[act].source} | {review.STAGE_WORDS[following].source} |"
        for (stage, act), following in review.PATH.steps.items()
    ]
    return "\n".join(["| At (所处状态) | Act (办理) | Then (之后) |", "| --- | --- | --- |", *rows])


def render() -> str:
    """Return the whole page."""
    return f"{HEAD}{drawing()}\n\n{table()}\n"


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with ``--check`` only compare."""
    text = render()
    if "--check" not in arguments:
        TARGET.write_text(text, "utf-8")
    elif not TARGET.is_file() or TARGET.read_text("utf-8") != text:
        print("docs/filing-path.md is out of date: make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
