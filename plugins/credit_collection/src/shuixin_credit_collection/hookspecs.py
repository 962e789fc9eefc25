"""The extension point of this plugin: record types of other plugins."""

from collections.abc import Sequence

from shuixin.api import hookspec
from shuixin_credit_collection.records import Record


class CollectionHooks:
    """Implemented by plugins that add records to the Register."""

    @hookspec
    def credit_record_types(self) -> Sequence[type[Record]]:
        """Return record classes; each gets form, workbook sheet, difference view, review and Edition section."""
        raise NotImplementedError
