"""Images of seals: taken with a transparent ground and of a fitting size, refused with what to do otherwise."""

from io import BytesIO

import pytest
from PIL import Image

from shuixin.errors import Refused
from shuixin.kit.seals import LARGEST, check_seal, specimen_seal


def encoded(image, kind="PNG"):
    made = BytesIO()
    image.save(made, kind)
    return made.getvalue()


def test_a_seal_is_taken():
    check_seal(specimen_seal())
    palette = Image.open(BytesIO(specimen_seal())).convert("P")
    palette.info["transparency"] = palette.getpixel((0, 0))
    check_seal(encoded(palette))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (encoded(Image.new("RGB", (400, 400), "white")), "没有透明背景"),
        (encoded(Image.new("RGBA", (400, 400))), "空白"),
        (encoded(Image.new("RGBA", (100, 400))), "200至2000像素"),
        (encoded(Image.new("RGBA", (400, 2400))), "200至2000像素"),
        (encoded(Image.new("RGB", (400, 400)), "JPEG"), "不是有效的PNG"),
        (b"<svg/>", "不是有效的PNG"),
        (specimen_seal()[:500], "不是有效的PNG"),
        (b"", "不是有效的PNG"),
        (b"\0" * (LARGEST + 1), "超过2MB"),
    ],
)
def test_what_is_no_seal_is_refused_in_words(content, words):
    with pytest.raises(Refused, match=words) as refused:
        check_seal(content)
    assert [each.field for each in refused.value.problems] == ["seal"]
