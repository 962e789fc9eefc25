"""A cache for what is the same for everybody; never for anything that reads a session, a user or a host.

>>> cache = PublicCache.in_memory()
>>> cache.get_or_make("home", 30, lambda: "made once")
'made once'
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask_caching import Cache


class PublicCache:
    """Keyed values with a lifetime, on files by default or in Redis where configured."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    @classmethod
    def for_app(cls, app: Flask, folder: Path, redis_url: str = "") -> "PublicCache":
        """Return the cache of *app*: Redis if *redis_url*, else private files below *folder*."""
        if redis_url:
            config: dict[str, Any] = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": redis_url}
        else:
            # The files are pickles, so nobody else may write there.
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            config = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(folder), "CACHE_THRESHOLD": 20_000}
        return cls(Cache(app, config={**config, "CACHE_KEY_PREFIX": "shuixin:"}))

    @classmethod
    def in_memory(cls) -> "PublicCache":
        """Return a cache for one process, for trials."""
        app = Flask(__name__)
        return cls(Cache(app, config={"CACHE_TYPE": "SimpleCache"})).bound(app)

    def bound(self, app: Flask) -> "PublicCache":
        """Keep *app*'s context open so that the cache works outside a request."""
        app.app_context().push()
        return self

    def get_or_make(self, key: str, seconds: int, make: Callable[[], str]) -> str:
        """Return the value kept under *key*, or make it and keep it for *seconds*."""
        kept = self._cache.get(key)
        if isinstance(kept, str):
            return kept
        made = make()
        self._cache.set(key, made, timeout=seconds)
        return made

    def clear(self) -> None:
        """Forget everything (after an edit that many pages show)."""
        self._cache.clear()
