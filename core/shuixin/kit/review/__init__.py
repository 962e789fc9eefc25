"""Review (审核): the drawn path of a case, verdicts on single items, four eyes, and deadlines of its steps.

PATH.after(Stage.SUBMITTED, outcome([Verdict.ACCEPTED, Verdict.RETURNED]))   # Stage.RETURNED
term = term_of(policies, "filing_review", clock.legal_day(clock.now()))
due_on(date(2026, 9, 28), term, current_calendar())                            # 2026-10-12 for five working days
"""

from shuixin.kit.review.deadlines import (
    TOPIC,
    Standing,
    StepTerm,
    Urgency,
    due_on,
    pauses_of,
    resumed,
    standing,
    stopped,
    stored_pauses,
    term_of,
    warn_on,
)
from shuixin.kit.review.path import (
    EDITABLE,
    FINAL,
    PATH,
    STAGE_LOOK,
    STAGE_WORDS,
    Act,
    Path,
    Stage,
    Verdict,
    check_four_eyes,
    check_reason,
    outcome,
)

__all__ = [
    "EDITABLE",
    "FINAL",
    "PATH",
    "STAGE_LOOK",
    "STAGE_WORDS",
    "TOPIC",
    "Act",
    "Path",
    "Stage",
    "Standing",
    "StepTerm",
    "Urgency",
    "Verdict",
    "check_four_eyes",
    "check_reason",
    "due_on",
    "outcome",
    "pauses_of",
    "resumed",
    "standing",
    "stopped",
    "stored_pauses",
    "term_of",
    "warn_on",
]
