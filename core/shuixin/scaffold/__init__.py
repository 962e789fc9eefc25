"""The scaffold: a whole plugin, written from templates that lie beside this file."""

from shuixin.scaffold.create import create

__all__ = ["create"]
