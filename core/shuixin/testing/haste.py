"""What lets one process make hundreds of applications, accounts and databases; none of it is for a server."""

import os
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from passlib.hash import argon2  # type: ignore[import-untyped]
from werkzeug.routing import Rule

from shuixin.accounts import passwords

_compile: Any = Rule._compile_builder
_compiled: dict[tuple[Any, ...], Any] = {}


def make_haste() -> None:
    """Hash passwords as cheaply as argon2 can, wait for no disk, compile each template and each address once."""
    argon2.default_rounds, argon2.memory_cost, argon2.parallelism = cheap = (1, 8, 1)
    passwords.hasher = PasswordHasher(*cheap)
    # Only a crash of the database server itself could lose what it has not written yet; no test makes it crash.
    os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache()}
    Rule._compile_builder = _compile_once  # type: ignore[method-assign, assignment]


def _compile_once(rule: Rule, append_unknown: bool = True) -> Any:
    """Return the function that builds an address: one for all applications, since it looks its converters up."""
    key = (append_unknown, repr(rule.defaults), *rule._trace)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]
