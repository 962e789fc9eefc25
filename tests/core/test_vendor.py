"""Vendored front-end files are what their authors published."""

import hashlib
from pathlib import Path

import shuixin

VENDOR = Path(shuixin.__file__).parent / "static" / "vendor"


def _listed() -> dict[Path, str]:
    lines = (VENDOR / "CHECKSUMS.sha256").read_text("utf-8").splitlines()
    return {(VENDOR / name).resolve(): digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def test_every_vendored_file_has_its_checksum() -> None:
    wrong = [str(path) for path, digest in _listed().items() if hashlib.sha256(path.read_bytes()).hexdigest() != digest]
    assert wrong == []


def test_no_vendored_file_is_unlisted() -> None:
    own = {"README.md", "CHECKSUMS.sha256"}
    found = {path.resolve() for path in VENDOR.rglob("*") if path.is_file() and path.name not in own}
    assert found - set(_listed()) == set()
