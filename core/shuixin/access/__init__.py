"""Access: who may do what to whom, decided by one pure function."""

from shuixin.access.actor import ANONYMOUS, Actor, Grant, system_actor
from shuixin.access.decision import Decision, Target, allowed, require

__all__ = ["ANONYMOUS", "Actor", "Decision", "Grant", "Target", "allowed", "require", "system_actor"]
