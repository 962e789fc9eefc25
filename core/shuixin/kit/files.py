"""Files that are complete or absent, never half written.

::

    with whole_file(Path("list.csv")) as part:
        part.write_text("…")
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shuixin.errors import Refused
from shuixin.texts import domain

_ = domain("shuixin")


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a place beside *target* to write to; what was written there becomes *target* at the end.

    :raises Refused: it cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        yield part
        part.replace(target)
    except OSError as error:
        rule = _("文件{path}无法写入。请检查文件夹是否存在、是否可写、磁盘是否已满。", path=target.name)
        raise Refused(rule) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
