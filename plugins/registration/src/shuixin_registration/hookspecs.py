"""The extension point of this plugin: records in which market subjects are known."""

from collections.abc import Callable, Sequence

from shuixin.api import Text, hookspec


class RegistrationHooks:
    """Implemented by plugins that keep records of market subjects (市场主体)."""

    @hookspec
    def subject_sources(self) -> Sequence[tuple[Text, Callable[[str], str | None]]]:
        """Records that know market subjects by their credit code, so that officials see who registers.

        :when: when an official looks at an enterprise's registration. Mark it ``optionalhook=True``: without the
            plugin ``registration`` nobody asks.
        :returns: pairs of what officials call the record, and a function that returns the name there of who holds a
            code, ``None`` if the record does not know it.
        :fails: what raises counts as a fault; the record is not spoken of, or said not to know the code.

        ```python
        def find(uscc: str) -> str | None:
            known = {"91420200MA4900A14A": "示例水利有限公司"}
            return known.get(uscc)


        @hookimpl(optionalhook=True)
        def subject_sources(self) -> Sequence[tuple[Text, Callable[[str], str | None]]]:
            return ((_("示例名录"), find),)
        ```
        """
        raise NotImplementedError
