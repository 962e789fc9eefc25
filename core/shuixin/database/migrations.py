"""Schema history: one directory and one history table per plugin, the core's first."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from peewee import Database, Model
from playhouse.migrations import Runner
from playhouse.schema_diff import diff_models

CORE_MIGRATIONS = Path(__file__).parent / "steps"


@dataclass(frozen=True)
class History:
    """The migrations of one owner.

    :param owner: ``shuixin`` or a plugin's id.
    :param directory: folder of numbered Python files with ``up(migrator, db)`` and ``down(migrator, db)``.
    """

    owner: str
    directory: Path

    def runner(self, database: Database) -> Runner:
        """Return the playhouse runner with this owner's own history table."""
        return Runner(database, str(self.directory), table_name=f"{self.owner}_migrations")

    def pending(self, database: Database) -> list[str]:
        """Return the names of the steps not applied yet, in order."""
        return [step.name for step in self.runner(database).status() if not step.applied and step.path]

    def apply(self, database: Database) -> list[str]:
        """Apply what is pending, each step in a transaction, and return the names applied."""
        return list(self.runner(database).up()) if self.pending(database) else []

    def rollback(self, database: Database) -> list[str]:
        """Take the last step back and return its name."""
        return list(self.runner(database).down())


def core_history() -> History:
    """Return the history of the core's own tables."""
    return History("shuixin", CORE_MIGRATIONS)


def directory_of(package: ModuleType) -> Path:
    """Return the ``migrations`` folder beside *package*'s ``__init__``."""
    return Path(str(package.__file__)).parent / "migrations"


def drift(database: Database, models: list[type[Model]]) -> list[str]:
    """Return what the database lacks or has over against *models* (tables, columns, indexes), as short lines."""
    difference = diff_models(database, models)
    return str(difference).splitlines() if difference else []
