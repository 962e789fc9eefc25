"""Trying an installed plugin out in a process of its own, before the running ones are told to use it."""

import subprocess
import sys

from shuixin.errors import Refused
from shuixin.texts import domain

_ = domain("shuixin")
#: Seconds after which a trial that was started from a page is given up; the command line waits as long as it takes.
PATIENCE = 600


def in_own_process(plugin: str, by: str, patience: float | None = PATIENCE) -> None:
    """Import, register, configure and migrate *plugin* as it lies on the disk, in a fresh process.

    This process may run an older version of it, which Python could not import a second time beside the first.

    :param by: who asked for it, for the memory of faults.
    :raises Refused: with the reason that the process gave.
    """
    command = [sys.executable, "-m", "shuixin", "plugins", "trial", plugin, "--by", by]
    try:
        done = subprocess.run(  # noqa: S603 - our own command; the plugin's name is one that is installed
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(
            _("{name}的结构变更超过{limit}秒未完成，请在服务器上执行 shuixin plugins upgrade {name}。",
              name=plugin, limit=int(error.timeout)),
        ) from error  # fmt: skip
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [str(_("试运行进程异常退出（{code}）。", code=done.returncode))]
        raise Refused(lines[-1])
