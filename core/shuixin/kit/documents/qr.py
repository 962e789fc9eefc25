"""QR codes: as one path for a page's own SVG, and as an SVG file."""

from dataclasses import dataclass
from itertools import groupby

import segno
from segno import DataOverflowError

from shuixin.errors import Refused
from shuixin.texts import domain

_ = domain("shuixin")
#: Modules of white around the code (ISO/IEC 18004).
QUIET = 4


@dataclass(frozen=True)
class QRCode:
    """A code to be drawn.

    :param side: width and height in modules, the quiet zone included.
    :param path: the dark modules as SVG path data; nothing in it comes from the text as such.
    """

    side: int
    path: str

    def svg(self) -> str:
        """Return an SVG file, black on white."""
        box = f'viewBox="0 0 {self.side} {self.side}"'
        ground = f'<rect width="{self.side}" height="{self.side}" fill="#fff"/>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{ground}<path d="{self.path}" fill="#000"/></svg>'


def qr_code(text: str) -> QRCode:
    """Return the code that shows *text*.

    :raises Refused: *text* is longer than a code can hold (about 2,300 letters, or 770 Chinese characters).
    """
    try:
        matrix = segno.make(text, error="m", micro=False).matrix
    except DataOverflowError as error:
        raise Refused(_("内容过长，不能生成二维码。")) from error
    runs: list[str] = []
    for y, row in enumerate(matrix, QUIET):
        x = QUIET
        for dark, modules in groupby(row):
            width = len(list(modules))
            if dark:
                runs.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return QRCode(len(matrix) + 2 * QUIET, "".join(runs))
