"""The extension point of this plugin: record types of other plugins."""

from collections.abc import Sequence

from shuixin.api import hookspec
from shuixin_credit_collection.records import Record


class CollectionHooks:
    """Implemented by plugins that add records to the Register."""

    @hookspec
    def credit_record_types(self) -> Sequence[type[Record]]:
        """Record types for the Register; each gets form, workbook sheet, review, Edition section, API and dictionary.

        :when: whenever the record types are needed, on most pages of the register; answer with a constant.
        :returns: subclasses of :class:`Record`; their tables are contributed with ``models`` as well.
        :fails: the plugin's record types are missing from this one answer, those of all others are there.

        ```python
        class Training(Record):
            # 培训记录: one field is enough.

            course = declare(_("课程"), required=True, max_length=100, identifying=True)

            class Declaration:
                code = "training"
                label: Text = _("培训记录")
                title = ("course",)

            class Meta:
                table_name = "example_training"


        @hookimpl
        def models(self) -> Models:
            return Models((Training,), Path(__file__).parent / "migrations")

        @hookimpl
        def credit_record_types(self) -> Sequence[type[Record]]:
            return (Training,)
        ```
        """
        raise NotImplementedError
