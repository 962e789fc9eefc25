"""Looking at uploaded office files (XLSX, DOCX, OFD) as the archives they are, before any parser sees them.

::

    names = inspect(path, ArchiveLimits(max_bytes=5 * MIB), kind="XLSX")
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from shuixin.errors import Problem, Refused
from shuixin.texts import Text, domain

_ = domain("shuixin")

MIB = 1024 * 1024

_CHUNK = 256 * 1024
#: Small entries may be packed to any degree; a ratio says something about large ones only.
_RATIO_FROM = MIB
_ENTRY_RECORD = 512
_END_RECORD = struct.Struct("<4s4H2LH")
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_ACTIVE = ("vbaproject", "activex/", "ctrlprops/", "macrosheets/")
_EXTERNAL = ("/externallinks/", "/connections.xml", "/querytables/", "/embeddings/")


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may have at most: bytes packed, bytes unpacked, entries, and packing ratio of a large entry."""

    max_bytes: int = 20 * MIB
    max_unpacked: int = 200 * MIB
    max_entries: int = 500
    max_ratio: int = 200


def refusal(rule: Text, remedy: Text) -> Refused:
    """Return the refusal of a file as a whole."""
    return Refused(rule, [Problem("", "", rule, remedy)])


def damaged(kind: str) -> Refused:
    """Return the refusal of a file of *kind* that cannot be read."""
    remedy = _("请用办公软件打开后另存为{kind}格式再上传。", kind=kind)
    return refusal(_("文件已损坏或不是规范的{kind}文件。", kind=kind), remedy)


def other_content(kind: str) -> Refused:
    """Return the refusal of a file that is called *kind* and is something else."""
    remedy = _("请用办公软件另存为{kind}格式后再上传，不要只改扩展名。", kind=kind)
    return refusal(_("文件内容不是{kind}格式。", kind=kind), remedy)


def inspect(path: Path, limits: ArchiveLimits, *, kind: str, strict: bool = True) -> frozenset[str]:
    """Return the names of the entries, once *path* is known to be an archive within *limits*.

    It is never unpacked as a whole, neither to memory nor to disk. Encrypted files and files with macros are refused.

    :param kind: name of the format in messages, such as ``XLSX``.
    :param strict: refuse also external links, embedded files and XML declarations; for files that are to be parsed.
    :raises Refused: with the reason and what to do.
    """
    size = path.stat().st_size
    if size > limits.max_bytes:
        rule = _("文件大小为{size}MB，超过上限{limit}MB。", size=-(-size // MIB), limit=limits.max_bytes // MIB)
        raise refusal(rule, _("请拆分成几个文件，或删除其中的图片后再上传。"))
    with path.open("rb") as file:
        _check_frame(file, limits, kind)
        try:
            with ZipFile(file) as archive:
                entries = archive.infolist()
            _check_directory(entries, limits)
            _check_names([entry.filename.casefold() for entry in entries], strict)
            _check_contents(file, entries, limits, strict)
        except (BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError) as error:
            raise damaged(kind) from error
    return frozenset(entry.filename for entry in entries)


def _check_frame(file: BinaryIO, limits: ArchiveLimits, kind: str) -> None:
    head = file.read(8)
    if head.startswith(_OLE):
        raise refusal(
            _("文件设有打开密码，或是旧版Office格式。"), _("请去掉密码并另存为{kind}格式后再上传。", kind=kind)
        )
    if not head.startswith(_ZIP):
        raise other_content(kind)
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_535 - _END_RECORD.size))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END_RECORD.size:
        raise damaged(kind)
    # The directory is measured before the zip library turns each of its entries into an object.
    record = _END_RECORD.unpack_from(tail, place)
    if record[4] > limits.max_entries or record[5] > limits.max_entries * _ENTRY_RECORD:
        raise _too_many_parts()


def _too_many_parts() -> Refused:
    return refusal(_("文件内部的部件过多，不像正常的文件。"), _("请把内容复制到新建的文件后再上传。"))


def _check_directory(entries: list[ZipInfo], limits: ArchiveLimits) -> None:
    if len(entries) > limits.max_entries:
        raise _too_many_parts()
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise refusal(_("文件已加密。"), _("请去掉密码后再上传。"))
    # Two entries of one name are read differently by different libraries.
    if len({entry.filename.casefold() for entry in entries}) != len(entries):
        raise BadZipFile("two entries of one name")
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise BadZipFile("unusual compression")
    if sum(entry.file_size for entry in entries) > limits.max_unpacked:
        raise _too_large(limits)


def _check_names(names: list[str], strict: bool) -> None:
    if any(mark in name for name in names for mark in _ACTIVE):
        raise refusal(_("文件含有宏或控件。"), _("请另存为不含宏的文件后再上传。"))
    if strict and any(mark in f"/{name}" for name in names for mark in _EXTERNAL):
        raise refusal(_("文件含有外部链接或嵌入的对象。"), _("请断开链接、删除对象，只保留数值后再上传。"))


def _too_large(limits: ArchiveLimits) -> Refused:
    rule = _("文件展开后超过{limit}MB。", limit=limits.max_unpacked // MIB)
    return refusal(rule, _("请拆分成几个文件后再上传。"))


def _check_contents(file: BinaryIO, entries: list[ZipInfo], limits: ArchiveLimits, strict: bool) -> None:
    """Unpack each entry piece by piece: sizes stated in the directory are claims, these are facts."""
    left = limits.max_unpacked
    for entry in entries:
        unpacked = 0
        for number, piece in enumerate(_pieces(file, entry)):
            unpacked += len(piece)
            if unpacked > left:
                raise _too_large(limits)
            if unpacked > _RATIO_FROM and unpacked > limits.max_ratio * max(entry.compress_size, 1):
                raise refusal(_("文件的压缩比异常。"), _("请把内容复制到新建的文件后再上传。"))
            if strict:
                _check_piece(entry.filename.casefold(), piece, first=number == 0)
        if unpacked != entry.file_size:
            raise BadZipFile("stated and real size differ")
        left -= unpacked


def _check_piece(name: str, piece: bytes, *, first: bool) -> None:
    if first and piece.startswith((_ZIP, _OLE)):
        raise refusal(_("文件内含有另一个文件。"), _("请删除嵌入的对象后再上传。"))
    # One byte is found ten times as fast as a word, and mostly it is not there.
    declared = b"!" in piece and (b"<!DOCTYPE" in piece or b"<!ENTITY" in piece)
    if name.endswith((".xml", ".rels", ".vml")) and (declared or b"\0" in piece):
        raise refusal(_("文件含有不允许的XML声明。"), _("请用办公软件另存后再上传。"))


def _pieces(file: BinaryIO, entry: ZipInfo) -> Iterator[bytes]:
    if entry.header_offset < 0:
        raise BadZipFile("an entry before the beginning")
    file.seek(entry.header_offset)
    header = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if header[0] != _ZIP:
        raise BadZipFile("no entry where the directory says")
    file.seek(header[-2] + header[-1], 1)
    left = entry.compress_size
    unpacker = zlib.decompressobj(-15) if entry.compress_type == ZIP_DEFLATED else None
    while left > 0:
        packed = file.read(min(_CHUNK, left))
        if not packed:
            raise BadZipFile("cut short")
        left -= len(packed)
        if unpacker is None:
            yield packed
            continue
        while packed:
            yield unpacker.decompress(packed, _CHUNK)
            packed = unpacker.unconsumed_tail
    if unpacker is not None and not unpacker.eof:
        yield unpacker.flush()
