"""What this subsystem announces to others, after the commit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RegisterChanged:
    """The Register of one subject has a new state.

    :param uscc: 统一社会信用代码 of the subject.
    :param register_version: the number of that state.
    """

    uscc: str
    register_version: int
