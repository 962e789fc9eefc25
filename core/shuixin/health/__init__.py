"""Health: is the process alive, and is it ready to serve?"""

from shuixin.health.checks import blueprint, faults, is_well, run_checks

__all__ = ["blueprint", "faults", "is_well", "run_checks"]
