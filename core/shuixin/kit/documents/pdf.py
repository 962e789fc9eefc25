"""PDF by typst: fast, the same on every machine, with extractable text and embedded fonts."""

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from shuixin.errors import Refused
from shuixin.texts import domain

_ = domain("shuixin")
BASE = Path(__file__).parent / "base.typ"
#: Packages of the outside world: a server on a closed network would wait for them, one on an open network trust them.
OUTSIDE = re.compile(r'"@[\w-]+/')


def shipped_fonts() -> Path:
    """Return the folder of Noto Serif SC and Noto Sans SC (OFL-1.1)."""
    return Path(str(files("pylopdf_fonts_zh_cn")))


def render_pdf(template: str, data: Mapping[str, Any], *, fonts: Sequence[Path] = ()) -> bytes:
    """Return the PDF that *template* makes of *data*.

    :param template: typst source; ``#import "base.typ": letter, data`` gives the page of official documents and the
        data, which reaches it as a value and never as source.
    :param data: what JSON can say; days and amounts are given as the texts that are to stand there.
    :param fonts: folders of fonts beside the shipped ones, such as a city's licensed 仿宋_GB2312.
    :raises Refused: the template is wrong, or wants packages from outside; the message names the place.
    """
    import typst  # 30 MB that only those need who make documents

    if OUTSIDE.search(template):
        raise Refused(_("文书模板不能引用外部的typst包，请改为只引用base.typ。"))
    sources: Any = {"main.typ": template.encode(), "base.typ": BASE.read_bytes()}
    # An empty root: a template that reads files finds none of the server's. (Any: their stubs know single sources.)
    with tempfile.TemporaryDirectory(prefix="shuixin-typst-") as nothing:
        try:
            made = typst.compile(
                sources,
                root=nothing,
                font_paths=[str(folder) for folder in (*fonts, shipped_fonts())],
                ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(dict(data), ensure_ascii=False)},
            )
        except typst.TypstError as error:
            raise Refused(_("文书模板有误：{reason}。请核对模板后再生成。", reason=str(error))) from error
    document: bytes = made
    return document
