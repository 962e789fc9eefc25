"""What in a document acts by itself: scripts, programs to start, files inside, templates fetched from elsewhere.

Nothing is parsed as a whole and nothing that was written is believed: a PDF is gone through once, byte by byte, so
that neither its own tables nor a damaged structure can hide a part of it.
"""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import ZipFile

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shuixin.errors import Problem, Refused
from shuixin.kit.archives import MIB, damaged
from shuixin.texts import Text, domain

_ = domain("shuixin")

#: Object streams of one PDF may hold so much when unpacked; they hold structure only, no pictures.
MAX_OBJECTS = 64 * MIB
_TAIL = 1024
_ZIP_TAIL = 65_557
_CHUNK = 16 * 1024
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"\bstream\r?\n")
#: How an object stream begins: pairs of an object's number and its place.
_OBJECTS = re.compile(rb"\s*\d+\s+\d+\s")
_WEB = re.compile(rb"<(svg|!doctype|html|head|body|script|iframe|\?php)\b", re.IGNORECASE)
_END = rb"(?![A-Za-z0-9_.+-])"
#: Names in a PDF (ISO 32000-1, 12.6.4 and 7.11.4), each with what it means to people.
_NAMES: tuple[tuple[re.Pattern[bytes], Text], ...] = tuple(
    (re.compile(rb"/(" + names + rb")" + _END), words)
    for names, words in (
        (rb"JavaScript", _("脚本")),
        (rb"Launch|ImportData|SubmitForm", _("启动程序或自动提交的动作")),
        (rb"EmbeddedFiles?|GoToE|FileAttachment", _("嵌入的文件")),
        # Three letters alone turn up by chance in a large picture.
        (rb"RichMedia|Rendition|Screen|XFA(?=\s*[\[<0-9])", _("多媒体或动态表单")),
    )
)
#: Relations through which a Word file fetches content from elsewhere when it is opened.
_FETCHED = ("/attachedTemplate", "/oleObject", "/frame", "/subDocument")


def refuse_active(path: Path, extension: str) -> None:
    """Refuse the file at *path* if anything in it acts by itself; for files of people who do not know each other.

    A PDF that is encrypted is refused too, since nobody can look into it.

    :param extension: what its content is: ``pdf``, ``docx``, ``xlsx``; of others nothing is known, and nothing said.
    :raises Refused: with one problem that says what was found, and what to do.
    """
    if extension == "pdf":
        _check_pdf(path.read_bytes())
    elif extension in ("docx", "xlsx"):
        _check_relations(path, extension.upper())


def _check_pdf(content: bytes) -> None:
    remedy = _("请用阅读器打开后打印（另存）为新的PDF，再上传。")
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-_TAIL:]:
        raise damaged("PDF")
    if b"PK\x05\x06" in content[-_ZIP_TAIL:] or _WEB.search(content[:_TAIL]):
        raise _refusal(_("PDF文件里还有另一种格式的内容。"), remedy)
    for part in _structure(content):
        if re.search(rb"/Encrypt" + _END, part):
            raise _refusal(_("PDF文件已加密，或设有打开、打印等权限密码。"), remedy)
        found = next((words for name, words in _NAMES if name.search(part)), None)
        if found:
            raise _refusal(_("PDF文件含有{what}。", what=found), remedy)


def _structure(content: bytes) -> Iterator[bytes]:
    """Yield all places where names can stand, their escapes (``/J#53``) undone: the file itself, and object streams."""
    yield _plain(content)
    left = MAX_OBJECTS
    for match in _STREAM.finditer(content):
        unpacked = _objects(content, match.end(), left)
        left -= len(unpacked)
        if left <= 0:
            raise damaged("PDF")
        yield _plain(unpacked)


def _objects(content: bytes, start: int, limit: int) -> bytes:
    """Return what the stream at *start* unpacks to if that is an object stream, else nothing."""
    unpacker, unpacked = zlib.decompressobj(), bytearray()
    try:
        while not unpacker.eof and start < len(content) and len(unpacked) < limit:
            piece = unpacker.unconsumed_tail or content[start : (start := start + _CHUNK)]
            unpacked += unpacker.decompress(piece, limit - len(unpacked))
            if not _OBJECTS.match(unpacked):
                return b""
    except zlib.error:
        pass  # another kind of stream, such as a picture; or one that is damaged, of which readers show the beginning
    return bytes(unpacked)


def _plain(part: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), part)


def _check_relations(path: Path, kind: str) -> None:
    with ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".rels"):
                _check_relation_part(archive.read(name), kind)


def _check_relation_part(content: bytes, kind: str) -> None:
    try:
        relations = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise damaged(kind) from error
    for relation in relations:
        away = relation.get("TargetMode", "") == "External"
        if away and relation.get("Type", "").endswith(_FETCHED):
            rule = _("文件打开时会从别处读取模板或对象。")
            raise _refusal(rule, _("请断开链接、改用普通模板，另存后再上传。"))


def _refusal(rule: Text, remedy: Text) -> Refused:
    return Refused(rule, [Problem("file", "", rule, remedy)])
