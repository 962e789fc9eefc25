"""Documents: text comes out as it went in, templates see data only, nothing of the server or of the outside."""

import re
from io import BytesIO

import pytest
import segno
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from shuixin.errors import Refused
from shuixin.kit.documents import qr_code, render_pdf, render_word
from shuixin.kit.documents.pdf import shipped_fonts

LETTER = '#import "base.typ": letter, data, grid-of, signed\n#show: letter.with(title: data.title)\n#data.body'
TYPST = '#strong[x] $x^2$ ] } \\ @ref <label> // no comment *bold* _em_ `code` #read("/etc/passwd")'


def words(pdf: bytes) -> str:
    """Return the text of a PDF without blanks and line breaks."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return re.sub(r"\s", "", "".join(pages))


def test_chinese_text_stands_in_the_file_with_rare_characters_and_page_numbers() -> None:
    pdf = render_pdf(LETTER, {"title": "行政处罚决定书", "body": "黄石市龘水利工程，罚款三万元。"})
    assert "行政处罚决定书黄石市龘水利工程，罚款三万元。" in words(pdf)
    assert "—1—" in words(pdf)
    page = PdfReader(BytesIO(pdf)).pages[0]
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [210, 297]
    fonts = page["/Resources"]["/Font"]
    assert all("NotoS" in str(fonts[name]["/BaseFont"]) for name in fonts), "nothing of the system is used"


def test_what_looks_like_a_template_stays_text() -> None:
    pdf = words(render_pdf(LETTER, {"title": "{{7*7}}", "body": TYPST}))
    assert "{{7*7}}" in pdf
    assert re.sub(r"\s", "", TYPST) in pdf


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.text(st.sampled_from("水利黄石市0123 #$[]{}\\@<>*_`\"'%&~^-=+/|"), min_size=1, max_size=60))
def test_any_text_comes_out_as_it_went_in(body: str) -> None:
    found = words(render_pdf(LETTER, {"title": "x", "body": body}))
    assert re.sub(r"\s", "", body) in found


def test_a_table_of_two_hundred_rows_repeats_its_head() -> None:
    template = LETTER.replace("#data.body", '#grid-of(("序号", "单位"), data.rows)\n#signed(data.unit, data.day)')
    rows = [[str(number), f"第{number}号单位"] for number in range(1, 201)]
    pdf = render_pdf(template, {"title": "名单", "rows": rows, "unit": "水利局", "day": "2026年3月2日"})
    pages = PdfReader(BytesIO(pdf)).pages
    assert len(pages) > 3
    assert all("序号" in page.extract_text() for page in pages[:-1])
    assert "第200号单位" in words(pdf)


@pytest.mark.parametrize(
    ("template", "words_"),
    [
        ('#import "@preview/cetz:0.3.0": canvas', "外部"),
        ("#nowhere(1)", "unknown variable"),
        ('#read("/etc/passwd")', "file not found"),
        ('#read("setup.cfg")', "file not found"),
        ('#read("../../setup.cfg")', "模板有误"),
        ('#import "base.typ": data\n#data.lacking', "lacking"),
    ],
)
def test_a_template_that_is_wrong_or_looks_around_is_refused(template: str, words_: str) -> None:
    with pytest.raises(Refused, match=words_):
        render_pdf(template, {"title": "x"})


def test_the_fonts_come_with_the_packages() -> None:
    names = {path.name for path in shipped_fonts().glob("*.otf")}
    assert names == {"NotoSansSC-Regular.otf", "NotoSerifSC-Regular.otf"}


def word(*paragraphs: str) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def read(made: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(BytesIO(made)).paragraphs if paragraph.text]


def test_word_fields_are_filled_and_stay_text() -> None:
    made = render_word(
        word("当事人：{{ party }}", "{%p for each in facts %}", "{{ each }}", "{%p endfor %}"),
        {"party": "<b>甲&乙</b> {{7*7}}", "facts": ["一", "二"]},
    )
    assert read(made) == ["当事人：<b>甲&乙</b> {{7*7}}", "一", "二"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ ().__class__.__mro__ }}",
        "{{ party.upper() }}",
        "{{ party.__class__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lacking }}",
        "{% for x in %}",
        "{{ 'x' | nofilter }}",
    ],
)
def test_word_templates_that_act_or_err_are_refused(template: str) -> None:
    with pytest.raises(Refused, match="文书模板有误"):
        render_word(word(template), {"party": "甲"})


@pytest.mark.parametrize("template", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_word_file_is_refused(template: bytes) -> None:
    with pytest.raises(Refused, match="不是有效的docx"):
        render_word(template, {})


def test_a_code_is_a_square_of_dark_runs_and_nothing_of_the_text() -> None:
    code = qr_code('"><script>alert(1)</script>')
    assert re.fullmatch(r"(M\d+ \d+h\d+v1h-\d+z)+", code.path)
    assert f'viewBox="0 0 {code.side} {code.side}"' in code.svg()
    assert "style=" not in code.svg()
    assert qr_code("a") != qr_code("b")
    with pytest.raises(Refused, match="过长"):
        qr_code("水" * 2000)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=80))
def test_the_runs_are_the_modules(text: str) -> None:
    code = qr_code(text)
    drawn = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)", code.path):
        drawn |= {(int(x) + offset, int(y)) for offset in range(int(width))}
    matrix = segno.make(text, error="m", micro=False).matrix
    assert drawn == {(x + 4, y + 4) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}
