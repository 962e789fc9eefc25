"""Base classes of all models."""

from typing import TYPE_CHECKING, Any, Self

from peewee import IntegerField, Model

from shuixin.database.connection import db
from shuixin.errors import Conflict
from shuixin.texts import domain

_ = domain("shuixin")


class BaseModel(Model):
    """A table of the platform; plugins name theirs ``<plugin id>_<thing>``."""

    if TYPE_CHECKING:
        # Peewee adds the key by itself where a model names none.
        id: Any

    class Meta:
        """Bound to the process's database."""

        database = db
        legacy_table_names = False


def detach(model: type[Model]) -> None:
    """Let the tables that *model* refers to forget it, so that another class can stand for its table."""
    for field in list(model._meta.refs):
        related, name = field.rel_model, str(field.backref)
        model._meta.remove_ref(field)
        if getattr(vars(related).get(name), "field", None) is field:
            delattr(related, name)


class VersionedModel(BaseModel):
    """A row that people edit: each save counts ``row_version`` up, and a save made on an older one is refused."""

    row_version = IntegerField(default=1)

    def save_if(self, version: int, **changes: Any) -> Self:
        """Write *changes* if the row is still at *version*, else refuse.

        One UPDATE compares and writes, so of two simultaneous savers exactly one wins.

        :raises Conflict: somebody saved in between; nothing was written.
        """
        model = type(self)
        changed = (
            model.update({**changes, "row_version": version + 1})
            .where(model._meta.primary_key == self.get_id(), model.row_version == version)
            .execute()
        )
        if not changed:
            raise Conflict(_("内容已被他人更新或已办理，请刷新页面重新核对后再提交。"))
        for name, value in changes.items():
            setattr(self, name, value)
        self.row_version = version + 1
        self._dirty.clear()  # type: ignore[attr-defined]  # Peewee has no public way to say "saved"
        return self
