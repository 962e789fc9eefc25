"""Health: is the process alive, and is it ready to serve?"""

from shuixin.health.checks import blueprint, run_checks

__all__ = ["blueprint", "run_checks"]
