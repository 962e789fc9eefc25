"""The lock is installed without resolving, so it must hold everything that its packages need."""

import subprocess
import sys


def test_the_locked_set_is_complete() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
