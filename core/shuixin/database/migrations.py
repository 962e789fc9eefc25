"""Schema history: one directory and one history table per plugin, the core's first."""

from dataclasses import dataclass
from pathlib import Path

from peewee import Database
from playhouse.migrations import Runner

from shuixin.errors import MigrationFailed

CORE_MIGRATIONS = Path(__file__).parent / "steps"


@dataclass(frozen=True)
class History:
    """The migrations of one owner.

    :param owner: ``shuixin`` or a plugin's id.
    :param directory: folder of numbered Python files with ``up(migrator, db)`` and ``down(migrator, db)``.
    :param together: whether pending steps are applied all or not at all; else those before a failing one stay.
    """

    owner: str
    directory: Path
    together: bool = False

    @property
    def table(self) -> str:
        """Name of the history table."""
        return f"{self.owner}_migrations"

    def runner(self, database: Database) -> Runner:
        """Return the playhouse runner with this owner's own history table."""
        return Runner(database, str(self.directory), table_name=self.table)

    def pending(self, database: Database) -> list[str]:
        """Return the names of the steps not applied yet, in order."""
        return [step.name for step in self.runner(database).status() if not step.applied and step.path]

    def apply(self, database: Database) -> list[str]:
        """Apply what is pending, each step in a transaction, and return the names applied.

        :raises MigrationFailed: naming the step; see ``together`` for what became of those before it.
        """
        pending = self.pending(database)
        if not pending:
            return []
        if self.together:
            with database.atomic():
                return self._apply(database, pending)
        return self._apply(database, pending)

    def _apply(self, database: Database, pending: list[str]) -> list[str]:
        runner = self.runner(database)
        for step in pending:
            try:
                runner.up(step)
            except Exception as error:
                raise MigrationFailed(self.owner, step, error) from error
        return pending

    def rollback(self, database: Database) -> list[str]:
        """Take the last step back and return its name.

        :raises MigrationFailed: the step cannot be taken back.
        """
        runner = self.runner(database)
        last = next((step.name for step in reversed(runner.status()) if step.applied), "")
        try:
            return list(runner.down()) if last else []
        except Exception as error:
            raise MigrationFailed(self.owner, last, error) from error


def core_history() -> History:
    """Return the history of the core's own tables."""
    return History("shuixin", CORE_MIGRATIONS)
