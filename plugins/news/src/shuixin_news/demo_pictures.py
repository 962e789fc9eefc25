"""Pictures of invented places for the demonstration: flat landscapes drawn with Pillow, the same every time."""

import io
import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw

SIZE = (1200, 640)
Draw = ImageDraw.ImageDraw


def picture(scene: str, seed: int) -> io.BytesIO:
    """Return a PNG of *scene* (a key of :data:`SCENES`)."""
    chance = random.Random(seed)  # noqa: S311 - a drawing
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    _sky(draw)
    for height, colour in ((330, "#a9c3cd"), (380, "#86aab2"), (430, "#5f8f86")):
        _ridge(draw, height, colour, chance)
    SCENES[scene](draw, chance)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    buffer.seek(0)
    return buffer


def _sky(draw: Draw) -> None:
    for row in range(460):
        share = row / 460
        draw.line((0, row, SIZE[0], row), fill=(int(178 + 45 * share), int(211 + 24 * share), int(238 + 6 * share)))
    draw.ellipse((880, 60, 980, 160), fill="#fff3d6")


def _ridge(draw: Draw, base: int, colour: str, chance: random.Random) -> None:
    shift = chance.random() * 6
    points = [
        (x, base - 60 * math.sin(x / 170 + shift) - 35 * math.sin(x / 61 + shift * 2)) for x in range(0, 1201, 12)
    ]
    draw.polygon([(0, 640), *points, (1200, 640)], fill=colour)


def _water(draw: Draw, top: int, chance: random.Random) -> None:
    draw.rectangle((0, top, 1200, 640), fill="#2f7fb5")
    for _index in range(46):
        x, y = chance.randrange(0, 1150), chance.randrange(top + 8, 636)
        draw.line((x, y, x + chance.randrange(20, 90), y), fill="#8cc4e6", width=3)


def _dam(draw: Draw, chance: random.Random) -> None:
    _water(draw, 400, chance)
    draw.polygon([(180, 620), (330, 420), (880, 420), (1030, 620)], fill="#dfe4e6")
    for gate in range(6):
        left = 380 + gate * 75
        draw.rectangle((left, 440, left + 52, 640), fill="#4b98c8")
        for line in range(3):
            draw.line((left + 12 + line * 14, 450, left + 12 + line * 14, 630), fill="#e8f5fc", width=4)
    draw.rectangle((330, 402, 880, 424), fill="#c5ccd0")
    for pier in range(8):
        draw.rectangle((345 + pier * 75, 404, 357 + pier * 75, 470), fill="#aab4ba")
    _house(draw, 300, 330, 70, 80)


def _station(draw: Draw, chance: random.Random) -> None:
    _water(draw, 500, chance)
    draw.rectangle((0, 470, 1200, 506), fill="#8fb77e")
    _house(draw, 300, 300, 600, 190)
    for window in range(7):
        draw.rectangle((340 + window * 80, 350, 385 + window * 80, 420), fill="#6fa7cc")
    for pipe in range(4):
        draw.rectangle((380 + pipe * 130, 470, 420 + pipe * 130, 560), fill="#5d7384")


def _river(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 430, 1200, 640), fill="#79a86b")
    left = [(520 + 90 * math.sin(y / 50), y) for y in range(430, 641, 6)]
    right = [(640 + (y - 430) * 1.3 + 90 * math.sin(y / 50), y) for y in range(640, 429, -6)]
    draw.polygon(left + right, fill="#2f7fb5")
    for _index in range(26):
        x, y = chance.choice((chance.randrange(10, 400), chance.randrange(960, 1180))), chance.randrange(450, 600)
        draw.ellipse((x, y, x + 46, y + 40), fill="#3f7d58")
        draw.rectangle((x + 20, y + 36, x + 26, y + 56), fill="#6c5843")


def _fields(draw: Draw, chance: random.Random) -> None:
    for band in range(7):
        top = 430 + band * 30
        draw.rectangle((0, top, 1200, top + 30), fill=chance.choice(("#a6c26a", "#8fb25c", "#b9cc7d", "#c8c878")))
    draw.polygon([(560, 430), (640, 430), (880, 640), (320, 640)], fill="#d5d9da")
    draw.polygon([(585, 430), (615, 430), (760, 640), (440, 640)], fill="#3b8bc0")


def _site(draw: Draw, chance: random.Random) -> None:
    draw.rectangle((0, 470, 1200, 640), fill="#c9b48c")
    draw.polygon([(0, 560), (400, 500), (1200, 590), (1200, 640), (0, 640)], fill="#b39a6c")
    for x in (720, 1010):
        draw.line((x, 540, x, 170), fill="#d08a1e", width=16)
        draw.line((x - 250, 190, x + 90, 190), fill="#d08a1e", width=12)
        draw.line((x - 170, 190, x - 170, chance.randrange(330, 420)), fill="#4a5560", width=4)
    draw.rectangle((180, 480, 300, 540), fill="#e0a021")
    draw.ellipse((185, 530, 225, 570), fill="#333f49")
    draw.ellipse((255, 530, 295, 570), fill="#333f49")
    draw.line((300, 490, 420, 420, 470, 500), fill="#e0a021", width=16)


def _house(draw: Draw, left: int, top: int, width: int, height: int) -> None:
    draw.rectangle((left, top, left + width, top + height), fill="#f2f0ea")
    draw.polygon(
        [(left - 14, top), (left + 24, top - 40), (left + width - 24, top - 40), (left + width + 14, top)],
        fill="#a9483a",
    )


SCENES: dict[str, Callable[[Draw, random.Random], None]] = {
    "dam": _dam,
    "station": _station,
    "river": _river,
    "fields": _fields,
    "site": _site,
}
