"""Access: who may do what to whom, decided by one pure function."""

from shuixin.access.actor import ANONYMOUS, Actor, Grant, Principal, Withheld, system_actor
from shuixin.access.behalf import acting
from shuixin.access.decision import Decision, Target, allowed, require
from shuixin.access.reach import within_reach
from shuixin.access.roles import duties_of, is_administrative, reach_of

__all__ = [
    "ANONYMOUS",
    "Actor",
    "Decision",
    "Grant",
    "Principal",
    "Target",
    "Withheld",
    "acting",
    "allowed",
    "duties_of",
    "is_administrative",
    "reach_of",
    "require",
    "system_actor",
    "within_reach",
]
