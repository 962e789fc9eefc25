"""Uploaded files: checked by content, stored under random names, their own names kept as data.

::

    store = Store(Path("var/attachments"))
    attachment = store.save(upload.stream, upload.filename, owner_kind="filing", owner_key="17", created_by=user.id)
    send_file(store.path_of(attachment), download_name=attachment.original_name, as_attachment=True)
"""

import hashlib
import io
import logging
import os
import re
import struct
import unicodedata
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import filetype
from peewee import BigIntegerField, BooleanField, CharField, IntegerField, fn
from PIL import Image, ImageOps

from shuixin.database import BaseModel, UTCDateTimeField, after_commit, exclusive, transaction
from shuixin.errors import Problem, Refused
from shuixin.kit import archives, clock
from shuixin.kit.clamd import Clamd, ScannerUnavailable
from shuixin.kit.inspection import refuse_active
from shuixin.texts import Text, domain

_ = domain("shuixin")
log = logging.getLogger(__name__)

_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
}

#: Extensions allowed where pictures are wanted, and where papers are.
IMAGES = frozenset({"jpg", "jpeg", "png"})
DOCUMENTS = frozenset(_MEDIA_TYPES)

#: Largest picture in pixels: an A3 sheet scanned at 400 dpi has 31 million.
MAX_PIXELS = 40_000_000

_CHUNK = 256 * 1024
_HEAD = 8192
_LONGEST_NAME = 200
_INCOMING = ".incoming"
# What tells archives of one kind from those of another.
_ARCHIVE_MARKS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "ofd": "OFD.xml"}
_MARKUP = re.compile(rb"<(svg|!doctype html|html|head|body|script|iframe|\?xml|\?php|%@?)\b", re.IGNORECASE)
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_BROKEN_IMAGE = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, MemoryError)
_HUGE_IMAGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class Attachment(BaseModel):
    """One stored file and whose it is.

    ``owner_kind`` and ``owner_key`` name the record it belongs to; ``public`` says that everybody may fetch it.
    """

    id = CharField(max_length=32, primary_key=True)
    owner_kind = CharField(max_length=60)
    owner_key = CharField(max_length=60)
    label = CharField(max_length=200, default="")
    original_name = CharField(max_length=_LONGEST_NAME)
    media_type = CharField(max_length=100)
    extension = CharField(max_length=10)
    size = BigIntegerField()
    sha256 = CharField(max_length=64)
    created_at = UTCDateTimeField(default=clock.now)
    created_by = IntegerField()
    public = BooleanField(default=False)

    class Meta:
        """Looked up by owner."""

        table_name = "shuixin_attachment"
        indexes = ((("owner_kind", "owner_key"), False),)


@dataclass(frozen=True)
class Upload:
    """A file that was received and found good, and has no place in the store yet."""

    part: Path
    name: str
    extension: str


class Store:
    """The folder of uploaded files.

    :param root: the folder; made when it is first needed.
    :param max_bytes: largest upload.
    :param scanner: asked about each upload; without a verdict of its, nothing is taken.
    """

    def __init__(self, root: Path, max_bytes: int = 20 * archives.MIB, scanner: Clamd | None = None) -> None:
        self.root = root
        self.max_bytes = max_bytes
        self.scanner = scanner

    def save(
        self,
        stream: IO[bytes],
        original_name: str,
        *,
        owner_kind: str,
        owner_key: str,
        created_by: int,
        label: str = "",
        public: bool = False,
        kinds: frozenset[str] = DOCUMENTS,
    ) -> Attachment:
        """Check and store what *stream* gives, and return its record: :meth:`received` and :meth:`keep` in one.

        :raises Refused: with one problem that says what the file really is, and what to do.
        """
        with self.received(stream, original_name, kinds) as upload:
            return self.keep(
                upload, owner_kind=owner_kind, owner_key=owner_key, created_by=created_by, label=label, public=public
            )

    @contextmanager
    def received(self, stream: IO[bytes], original_name: str, kinds: frozenset[str] = DOCUMENTS) -> Iterator[Upload]:
        """Receive and check what *stream* gives; what is not kept inside the block is gone after it.

        The content decides, not the name: both must be of one of *kinds*, and nothing in it may act by itself. Pictures
        are encoded anew, which drops places, cameras and whatever else hides in them. All this takes time: do it before
        the transaction, so that nobody waits for it.

        :raises Refused: with one problem that says what the file really is, and what to do.
        """
        name = clean_name(original_name)
        extension = _extension_of(name, kinds)
        with self._incoming() as part:
            self._receive(stream, part)
            _check_content(part, extension, self.max_bytes)
            if extension in IMAGES:
                _write(part, _encoded_anew(part, extension))
            self._scan(part)
            yield Upload(part, name, extension)

    def keep(
        self,
        upload: Upload,
        *,
        owner_kind: str,
        owner_key: str,
        created_by: int,
        label: str = "",
        public: bool = False,
        quota: int = 0,
    ) -> Attachment:
        """Give a received file its place and its record; when that fails, neither of them stays.

        :param quota: how many bytes the files of this owner may have together; 0 for any number.
        :raises Refused: the quota is used up, whoever else uploads at the same moment.
        """
        attachment = Attachment(
            id=uuid.uuid4().hex,
            owner_kind=owner_kind,
            owner_key=owner_key,
            label=label,
            original_name=upload.name,
            media_type=_MEDIA_TYPES[upload.extension],
            extension=upload.extension,
            size=upload.part.stat().st_size,
            sha256=_digest(upload.part),
            created_by=created_by,
            public=public,
        )
        with transaction():
            if quota:
                _check_quota(attachment, quota)
            self._settle(upload.part, attachment)
        return attachment

    def path_of(self, attachment: Attachment) -> Path:
        """Return where the file of *attachment* lies."""
        key = str(attachment.id)
        return self.root / key[:2] / f"{key}.{attachment.extension}"

    def delete(self, attachment: Attachment) -> None:
        """Delete the record, and the file once the transaction around it has committed."""
        path = self.path_of(attachment)
        with transaction():
            attachment.delete_instance()
            after_commit(lambda: path.unlink(missing_ok=True))

    def orphans(self, older_than: timedelta = timedelta(days=1)) -> list[Path]:
        """Return files that no record names, such as those of transactions rolled back after ``save``.

        Younger ones are left out, since their transaction may still be open.
        """
        limit = clock.now() - older_than
        files = [path for path in self.root.glob("*/*") if path.is_file() and _changed_at(path) <= limit]
        known = {str(found.id) for found in Attachment.select(Attachment.id)}
        return sorted(path for path in files if path.parent.name == _INCOMING or path.stem not in known)

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        # Inside the root, so that the final rename stays within one file system.
        folder = self.root / _INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / uuid.uuid4().hex
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)

    def _receive(self, stream: IO[bytes], part: Path) -> None:
        received = 0
        with part.open("wb") as file:
            while chunk := stream.read(_CHUNK):
                received += len(chunk)
                if received > self.max_bytes:
                    limit = self.max_bytes // archives.MIB
                    raise _refusal(_("文件超过上限{limit}MB。", limit=limit), _("请压缩或拆分后再上传。"))
                file.write(chunk)
            _to_disk(file)
        if not received:
            raise _refusal(_("文件是空的。"), _("请检查原文件能否打开，再重新上传。"))

    def _scan(self, part: Path) -> None:
        if self.scanner is None:
            return
        try:
            found = self.scanner.scan(part)
        except ScannerUnavailable as error:
            log.exception("the virus scanner gave no verdict")
            raise _refusal(
                _("病毒检查暂时不可用，文件没有保存。"), _("请稍后再试；如果仍然出现，请联系管理员。")
            ) from error
        if found:
            log.warning("an upload was refused by the virus scanner: %s", found)
            raise _refusal(_("文件中发现病毒或恶意代码。"), _("请对电脑杀毒，并用干净的原文件重新上传。"))

    def _settle(self, part: Path, attachment: Attachment) -> None:
        """Give the checked file its place and write the record, or leave nothing behind."""
        final = self.path_of(attachment)
        final.parent.mkdir(exist_ok=True)
        part.replace(final)
        try:
            _folder_to_disk(final.parent)
            attachment.save(force_insert=True)
        except BaseException:
            final.unlink(missing_ok=True)
            raise


def _check_quota(attachment: Attachment, quota: int) -> None:
    exclusive(f"attachments:{attachment.owner_kind}:{attachment.owner_key}")
    same = (Attachment.owner_kind == attachment.owner_kind) & (Attachment.owner_key == attachment.owner_key)
    used = int(Attachment.select(fn.COALESCE(fn.SUM(Attachment.size), 0)).where(same).scalar())
    if used + attachment.size > quota:
        rule = _("材料合计超过上限{limit}MB。", limit=quota // archives.MIB)
        raise _refusal(rule, _("请删除不需要的材料，或压缩后再上传。"), attachment.original_name)


def clean_name(name: str) -> str:
    """Return a file's own name as text to show: without folders, control and direction characters, at most 200 long."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    name = "".join(letter for letter in name if unicodedata.category(letter) not in _HIDDEN_CATEGORIES).strip()
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return name[:_LONGEST_NAME]
    extension = extension[:20]
    return f"{stem[: _LONGEST_NAME - 1 - len(extension)].strip() or _('未命名')}.{extension}"


def _extension_of(name: str, kinds: frozenset[str]) -> str:
    _stem, dot, extension = name.rpartition(".")
    extension = extension.lower()
    if not dot or extension not in kinds & DOCUMENTS:
        allowed = "、".join(sorted(kinds & DOCUMENTS))
        shown = extension if dot else _("无扩展名")
        rule = _("不接受此类文件（{extension}）。", extension=shown)
        raise _refusal(rule, _("请上传以下格式：{allowed}。", allowed=allowed), name)
    return extension


def _check_content(path: Path, extension: str, max_bytes: int) -> None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if extension in _ARCHIVE_MARKS and head.startswith(b"PK\x03\x04"):
        limits = archives.ArchiveLimits(max_bytes=max_bytes, max_entries=5000)
        names = archives.inspect(path, limits, kind=extension.upper(), strict=False)
        real = _archive_kind(names)
    else:
        real = _kind_of(head)
    if _MEDIA_TYPES.get(real) != _MEDIA_TYPES[extension]:
        rule = _("文件内容是{real}，与扩展名{extension}不符。", real=_described(real), extension=extension)
        raise _refusal(rule, _("请用相应软件另存为{extension}格式，不要只改扩展名。", extension=extension))
    refuse_active(path, extension)


def _archive_kind(names: frozenset[str]) -> str:
    return next((kind for kind, mark in _ARCHIVE_MARKS.items() if mark in names), "zip")


def _kind_of(head: bytes) -> str:
    """Return the extension that fits the beginning of a file, or ``markup``, ``text`` or ``unknown``."""
    guess = filetype.guess(head)
    if guess is not None:
        return str(guess.extension)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "ole"
    match = _MARKUP.search(head)
    if match:
        return "svg" if b"<svg" in head.lower() else "markup"
    return "unknown" if b"\0" in head else "text"


def _described(kind: str) -> Text | str:
    named = {
        "svg": _("SVG矢量图"),
        "markup": _("网页或程序代码"),
        "text": _("纯文本"),
        "unknown": _("无法识别的格式"),
        "ole": _("旧版Office文件或加密的Office文件"),
        "exe": _("可执行程序"),
        "elf": _("可执行程序"),
    }
    return named.get(kind, kind.upper())


def _encoded_anew(path: Path, extension: str) -> bytes:
    kind = "PNG" if extension == "png" else "JPEG"
    try:
        with Image.open(path, formats=[kind]) as image:
            _check_pixels(image)
            return _encode(ImageOps.exif_transpose(image), kind)
    except _HUGE_IMAGE as error:
        raise _too_many_pixels() from error
    except _BROKEN_IMAGE as error:
        raise _refusal(_("图片已损坏，无法打开。"), _("请重新拍摄或扫描后再上传。")) from error


def _check_pixels(image: Image.Image) -> None:
    # The size stands in the header; nothing is decoded yet.
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> Refused:
    rule = _("图片超过{limit}万像素。", limit=MAX_PIXELS // 10_000)
    return _refusal(rule, _("请降低扫描分辨率或缩小图片后再上传。"))


def _encode(image: Image.Image, kind: str) -> bytes:
    image.load()
    # Comments, profiles and text chunks ride in "info" and would be written again; transparency is part of the picture.
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    if kind == "JPEG" and image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    target = io.BytesIO()
    image.save(target, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return target.getvalue()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        _to_disk(file)


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _folder_to_disk(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folders, and keeps renames without it
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _refusal(rule: Text, remedy: Text, value: str = "") -> Refused:
    return Refused(rule, [Problem("file", value, rule, remedy)])
