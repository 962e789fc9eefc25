"""Images of seals (印章图片): PNG with a transparent ground, so that the text below stays readable.

::

    check_seal(upload.stream.read(LARGEST + 1))     # quiet, or Refused with what to do
    specimen_seal()                                 # a ring and a star, for demonstrations
"""

from io import BytesIO
from math import cos, pi, sin

from PIL import Image, ImageDraw

from shuixin.errors import Problem, Refused
from shuixin.texts import Text, domain

_ = domain("shuixin")
#: Bytes, and pixels of each side: a seal of 42 mm at 600 dpi has about 1,000.
LARGEST = 2 * 1024 * 1024
SIDES = (200, 2000)


def check_seal(content: bytes) -> None:
    """Return quietly if *content* is the image of a seal.

    :raises Refused: too large, no PNG, of the wrong size, or without transparency.
    """
    if len(content) > LARGEST:
        raise _refusal(_("印章图片超过2MB。"), _("请缩小后再上传。"))
    try:
        with Image.open(BytesIO(content), formats=["PNG"]) as image:
            if not all(SIDES[0] <= side <= SIDES[1] for side in image.size):
                rule = _("印章图片应为{least}至{most}像素见方。", least=SIDES[0], most=SIDES[1])
                raise _refusal(rule, _("请调整图片大小后再上传。"))
            least, most = image.convert("RGBA").getchannel("A").getextrema()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refusal(_("印章图片不是有效的PNG文件。"), _("请用图片软件另存为PNG后再上传。")) from error
    if least == 255:
        rule = _("印章图片没有透明背景，盖在文书上会遮住文字。")
        raise _refusal(rule, _("请用图片软件去掉白色背景，另存为PNG后再上传。"))
    if most == 0:
        raise _refusal(_("印章图片是空白的。"), _("请检查原图后再上传。"))


def specimen_seal() -> bytes:
    """Return a red ring with a star: what a demonstration shows in the place of a seal."""
    image = Image.new("RGBA", (400, 400))
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 10, 390, 390), outline=(200, 16, 16, 255), width=12)
    points = [
        (200 + radius * sin(step * pi / 5), 200 - radius * cos(step * pi / 5))
        for step, radius in enumerate((70, 27) * 5)
    ]
    draw.polygon(points, fill=(200, 16, 16, 255))
    made = BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def _refusal(rule: Text, remedy: Text) -> Refused:
    return Refused(rule, [Problem("seal", "", rule, remedy)])
