"""Hostile files, and a small virus scanner that speaks clamd's protocol."""

import io
import socket
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image
from pypdf import PdfWriter

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"


def packed(**members: Any) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def picture(kind: str, size: tuple[int, int] = (20, 10), **options: Any) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size).save(target, kind, **options)
    return target.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = f"<worksheet xmlns='{MAIN}'><sheetData>{{}}</sheetData></worksheet>"
BOOK = (
    f"<workbook xmlns='{MAIN}' "
    "xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'><sheets>{}</sheets></workbook>"
)
RELATIONS = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{}</Relationships>"
RELATION = "<Relationship Id='r1' Type='{}' Target='{}' {}/>"
SHEET_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


def workbook(**members: Any) -> bytes:
    whole = {
        "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
        "xl/workbook.xml": BOOK.format("<sheet name='表' sheetId='1' r:id='r1'/>"),
        "xl/_rels/workbook.xml.rels": RELATIONS.format(RELATION.format(SHEET_TYPE, "worksheets/sheet1.xml", "")),
        "xl/worksheets/sheet1.xml": SHEET.format(""),
    }
    return packed(**{**whole, **members})


ENTITIES = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {new} '{f'&{old};' * 10}'>" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMBS: dict[str, Callable[[], bytes]] = {
    "zip bomb": lambda: workbook(**{"xl/worksheets/sheet1.xml": b" " * 190_000_000}),
    "many bombs": lambda: workbook(**{f"xl/media/{number}.bin": b"\0" * 4_000_000 for number in range(60)}),
    "entity bomb": lambda: workbook(**{"xl/sharedStrings.xml": f"{ENTITIES}]><x>&i;</x>"}),
    "entities in the workbook": lambda: workbook(**{"xl/workbook.xml": f"{ENTITIES}]><x>&i;</x>"}),
    "a million sheets": lambda: workbook(
        **{"xl/workbook.xml": BOOK.format("<sheet name='a' sheetId='1' r:id='r1'/>" * 1_000_000)}
    ),
    "16384 columns": lambda: workbook(
        **{"xl/worksheets/sheet1.xml": SHEET.format("<row r='1'><c r='XFD1'><v>1</v></c></row>" * 1)}
    ),
    "the last row": lambda: workbook(
        **{"xl/worksheets/sheet1.xml": SHEET.format("<row r='1048576'><c r='A1048576'><v>1</v></c></row>")}
    ),
    "external links": lambda: workbook(**{"xl/externalLinks/externalLink1.xml": "<x/>"}),
    "macros": lambda: workbook(**{"xl/vbaProject.bin": "x"}),
    "password": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096,
    "a million entries": lambda: (
        b"PK\x03\x04" + b"\0" * 100 + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 1, 1, 0)
    ),
}


def pdf(change: Callable[[PdfWriter], object]) -> bytes:
    writer, target = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    change(writer)
    writer.write(target)
    return target.getvalue()


@contextmanager
def daemon(answer: Callable[[bytes], bytes], place: str = "") -> Iterator[str]:
    """A small clamd: reads what the protocol says, and answers with what *answer* makes of it."""
    server = socket.socket(socket.AF_UNIX if place else socket.AF_INET)
    server.bind(place or ("127.0.0.1", 0))
    server.listen()

    def exactly(connection: socket.socket, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = connection.recv(size - len(data))
            if not piece:
                raise ConnectionError
            data += piece
        return data

    def serve() -> None:
        while True:
            try:
                connection, _peer = server.accept()
            except OSError:
                return
            with connection:
                command = b""
                while not command.endswith(b"\0"):
                    command += exactly(connection, 1)
                data = b""
                while command == b"zINSTREAM\0" and (size := struct.unpack(">L", exactly(connection, 4))[0]):
                    data += exactly(connection, size)
                connection.sendall(b"PONG\0" if command == b"zPING\0" else answer(data))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"unix:{place}" if place else f"tcp:127.0.0.1:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)
