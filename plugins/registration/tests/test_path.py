"""The path of a registration, drawn once: what is not on it cannot happen, and every case can come to an end."""

from itertools import product

import pytest

from shuixin.errors import Conflict
from shuixin_registration.services.path import LIMITS, LOOK, PATH, Act, Stage, problems

FINAL = {Stage.CONFIRMED, Stage.REFUSED}


def test_what_is_not_on_the_path_is_refused_in_words():
    for stage, act in product(Stage, Act):
        if (stage, act) in PATH.steps:
            assert PATH.after(stage, act) is PATH.steps[stage, act]
        else:
            with pytest.raises(Conflict, match=str(LOOK[stage][0])):
                PATH.after(stage, act)


def test_every_open_stage_leads_to_an_end_and_no_end_leads_on():
    assert {stage for stage, _act in PATH.steps} == set(Stage) - FINAL
    reached = {Stage.SUBMITTED}
    for _turn in Stage:
        reached |= {PATH.steps[step] for step in PATH.steps if step[0] in reached}
    assert reached == set(Stage)


def test_a_second_account_of_a_code_is_never_confirmed_past_its_main_account():
    assert (Stage.REFERRED, Act.CONFIRM) not in PATH.steps


def test_what_is_too_long_is_not_looked_at():
    found = problems(dict.fromkeys(LIMITS, "1" * 100000))
    assert {each.field for each in found} == set(LIMITS)
    assert not any(each.value for each in found)
