"""The clock of a filing's present step: begun, paused while the filer has it back, due by the office's promise."""

from datetime import datetime
from typing import Any

from shuixin.api import clock, current_calendar, current_platform, review
from shuixin_credit_collection.models import Filing

Stage = review.Stage
#: The step that runs at each stage, as the policy sets of ``review_terms`` call it.
STEPS = {Stage.SUBMITTED: "filing_review", Stage.REVIEWED: "filing_approval"}
_STILL: dict[str, Any] = {"step_began_at": None, "step_pauses": None, "due_on": None, "warn_on": None}


def clock_of(filing: Filing, following: review.Stage, now: datetime) -> dict[str, Any]:
    """Return what the clock of *filing* is once it stands at *following*, to be written with the stage.

    Returned to the filer it pauses and goes on when the filer submits again; any other way into a step starts it anew,
    and where nothing is to be decided there is none.
    """
    today = clock.legal_day(now)
    pauses = review.pauses_of(filing.step_pauses)
    if following is Stage.RETURNED:
        stopped = review.stopped(pauses, today, review.Act.RETURN.value)
        return {"step_pauses": review.stored_pauses(stopped), "due_on": None, "warn_on": None}
    if following not in STEPS:
        return _STILL
    if filing.stage == Stage.RETURNED and filing.step_began_at:
        return running(following, filing.step_began_at, review.resumed(pauses, today))
    return running(following, now)


def running(stage: review.Stage, began: datetime, pauses: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Return the clock of a step that began at *began*; its due day is ``None`` where it cannot be told."""
    day, calendar = clock.legal_day(began), current_calendar()
    term = review.term_of(current_platform().policies, STEPS[stage], day)
    due = review.due_on(day, term, calendar, pauses)
    return {
        "step_began_at": began,
        "step_pauses": review.stored_pauses(pauses),
        "due_on": due,
        "warn_on": review.warn_on(due, term, calendar),
        "term_policy": term.policy if term else "",
    }


def standing_of(filing: Filing, now: datetime) -> review.Standing | None:
    """Return how *filing* stands towards the due day of its step; ``None`` if it is at no desk."""
    if filing.stage not in STEPS:
        return None
    return review.standing(clock.legal_day(now), filing.due_on, filing.warn_on, current_calendar())
