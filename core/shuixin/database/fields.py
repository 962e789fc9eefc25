"""Fields that store alike on every engine."""

from datetime import UTC, datetime
from typing import Any

from peewee import DateTimeField, JSONField

__all__ = ["JSONField", "UTCDateTimeField"]


class UTCDateTimeField(DateTimeField):
    """An instant: aware in Python, stored in UTC without a zone so that all engines compare it alike."""

    def db_value(self, value: Any) -> Any:
        """Return the instant in UTC as the engine stores it.

        :raises ValueError: a naive value, whose meaning would depend on the machine.
        """
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError(f"{self.name}: naive datetime {value!r}; use kit.clock")
            value = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(value)

    def python_value(self, value: Any) -> Any:
        """Return the stored instant as an aware UTC datetime."""
        naive = super().python_value(value)
        return naive.replace(tzinfo=UTC) if isinstance(naive, datetime) else naive
