"""Numbers of persons in hidden places of documents (SECURITY.md, T49): found before anything is published."""

from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from tests.hostile import BOOK, SHEET, packed, pdf, workbook

from shuixin.errors import Refused
from shuixin.kit.inspection import personal_numbers, refuse_personal_numbers

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCUMENT = "<d xmlns:w='{w}'><w:p><w:t>{text}</w:t></w:p></d>"
IDENTITY = "420202199001011231"
DELETED = "420202</w:delText><w:delText>199001011231"
CELL = "<row r='1'><c r='A1' t='inlineStr'><is><t>420202199001011231</t></is></c></row>"
LEAKS = {
    "正文": ("docx", {"word/document.xml": DOCUMENT.replace("{text}", "号420202</w:t><w:t>199001011231。")}),
    "批注": ("docx", {"word/comments.xml": DOCUMENT.replace("{text}", "420202 19900101 1231")}),
    "已删除的修订内容": (
        "docx",
        {"word/document.xml": DOCUMENT.replace("w:t>", "w:delText>").replace("{text}", DELETED)},
    ),
    "页眉页脚": ("docx", {"word/header1.xml": DOCUMENT.replace("{text}", IDENTITY)}),
    "文件属性": ("docx", {"docProps/core.xml": f"<d><k>{IDENTITY}</k></d>"}),
    "隐藏的工作表“名单”": (
        "xlsx",
        {
            "xl/workbook.xml": BOOK.format("<sheet name='名单' sheetId='1' state='veryHidden' r:id='r1'/>"),
            "xl/worksheets/sheet1.xml": SHEET.format("<row r='1'><c r='A1' t='s'><v>1</v></c></row>"),
            "xl/sharedStrings.xml": "<sst><si><t>甲</t></si><si><t>4202021990</t><t>01011231</t></si></sst>",
        },
    ),
    "工作表“表”": ("xlsx", {"xl/worksheets/sheet1.xml": SHEET.format(CELL)}),
    "批注 ": ("xlsx", {"xl/comments1.xml": f"<c><comment><text><r><t>{IDENTITY}</t></r></text></comment></c>"}),
}


@pytest.mark.parametrize("place", LEAKS)
def test_t49_an_identity_number_anywhere_in_an_office_file_blocks_publishing(place: str, tmp_path: Path) -> None:
    kind, parts = LEAKS[place]
    whole = {"word/document.xml": "<x/>"} if kind == "docx" else {}
    filled = {name: text.replace("{w}", WORD) for name, text in parts.items()}
    path = tmp_path / f"x.{kind}"
    path.write_bytes(workbook(**filled) if kind == "xlsx" else packed(**{**whole, **filled}))
    found = personal_numbers(path, kind)
    assert [(str(each.place), str(each.kind), each.masked) for each in found] == [
        (place.strip(), "身份证号码", "420***********1231")
    ]
    with pytest.raises(Refused) as refusal:
        refuse_personal_numbers(path, kind)
    assert place.strip() in str(refusal.value.problems[0])
    assert "199001011" not in "".join(map(str, refusal.value.problems))


def test_t49_numbers_in_the_text_notes_and_facts_of_a_pdf_are_found(tmp_path: Path) -> None:
    def fill(writer: PdfWriter) -> None:
        content = DecodedStreamObject()
        # Text that is drawn invisibly (mode 3), as scanning programs lay it behind the picture.
        content.set_data(b"BT /F1 12 Tf 3 Tr 10 50 Td (Tel 13907230001, 420202199001011231) Tj ET")
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        named = DictionaryObject({NameObject(key): NameObject(text) for key, text in font.items()})
        fonts = DictionaryObject({NameObject("/F1"): named})
        page = writer.pages[0]
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        page[NameObject("/Contents")] = writer._add_object(content)
        writer.add_annotation(0, FreeText(text="420202199001011231", rect=(0, 0, 50, 50)))
        writer.add_metadata({"/Subject": "13907230001"})

    path = tmp_path / "x.pdf"
    path.write_bytes(pdf(fill))
    found = {(str(each.place), str(each.kind)) for each in personal_numbers(path, "pdf")}
    assert found == {("第1页", "手机号码"), ("第1页", "身份证号码"), ("批注", "身份证号码"), ("文件属性", "手机号码")}


def test_t49_what_only_looks_like_a_number_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    texts = ("91420204MAE2E9T41A", "420202199013011231", "420202199001011230", "GB-2026-13907230001999", "0714-6350001")
    runs = "".join(f"<w:p><w:t>{text}</w:t></w:p>" for text in texts)
    path.write_bytes(packed(**{"word/document.xml": f"<d xmlns:w='{WORD}'>{runs}</d>"}))
    refuse_personal_numbers(path, "docx")
    assert personal_numbers(path, "png") == []
    path.write_bytes(packed(**{"word/document.xml": "<d"}))
    with pytest.raises(Refused):
        personal_numbers(path, "docx")
