"""``shuixin``: the core's commands and, lazily, those of enabled plugins.

Exit codes: 0 done, 1 the work failed (one line on stderr says why), 2 wrong usage.
"""

import importlib
import sys

import click
from peewee import PeeweeException

from shuixin import __version__
from shuixin.errors import Refused, ShuixinError

#: Command -> module:attribute. Nothing here may import Flask or a database at the top.
COMMANDS = {
    "serve": "shuixin.cli.serve:serve",
    "init": "shuixin.cli.setup:init",
    "demo": "shuixin.cli.setup:demo",
    "plugins": "shuixin.cli.plugins:plugins",
    "migrations": "shuixin.cli.migrations:migrations",
    "users": "shuixin.cli.people:users",
    "units": "shuixin.cli.people:units",
    "audit": "shuixin.cli.operation:audit",
    "health": "shuixin.cli.operation:health",
    "jobs": "shuixin.cli.jobs:jobs",
    "templates": "shuixin.cli.templates:templates",
    "translations": "shuixin.cli.translations:translations",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the core's commands and the enabled plugins' groups."""
        return sorted({*COMMANDS, *_plugin_groups()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return one command, imported now."""
        target = COMMANDS.get(cmd_name) or _plugin_groups().get(cmd_name)
        if target is None:
            return None
        module, _colon, attribute = target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


def _plugin_groups() -> dict[str, str]:
    """Return the command groups of the enabled plugins; none when the database is not there yet."""
    from shuixin.cli.context import load_enabled

    try:
        loaded = load_enabled()
    except (ShuixinError, PeeweeException):
        return {}
    return {group.name: group.target for _plugin, group in loaded.contributions("commands")}


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="shuixin")
def cli() -> None:
    """水信：水利建设市场信用信息平台。"""


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except ShuixinError as error:
        _complain(error)
        sys.exit(1)
    except PeeweeException as error:
        click.echo(f"数据库操作失败：{str(error).strip().splitlines()[0]}。请检查数据库服务后重试。", err=True)
        sys.exit(1)


def _complain(error: ShuixinError) -> None:
    problems = error.problems if isinstance(error, Refused) else ()
    said = any(str(problem.rule) == str(error) for problem in problems)
    lines = [*([] if said else [str(error)]), *(str(problem) for problem in problems)]
    click.echo("；".join(dict.fromkeys(lines)), err=True)
