"""Sealing: what was sealed opens again, and only unaltered and with the same secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuixin.errors import Misconfigured, Refused
from shuixin.kit.sealing import PREFIX, Sealer

SEALER = Sealer("the first secret of the tests")
OTHER = Sealer("the second secret of the tests")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again(plain):
    token = SEALER.seal(plain)
    assert Sealer.is_sealed(token)
    assert SEALER.open(token) == plain


def test_equal_texts_get_different_tokens_and_one_fingerprint():
    number = "420202199001011231"
    assert SEALER.seal(number) != SEALER.seal(number)
    assert number not in SEALER.seal(number)
    assert SEALER.fingerprint(number) == Sealer("the first secret of the tests").fingerprint(number)
    assert SEALER.fingerprint(number) != OTHER.fingerprint(number)
    assert SEALER.fingerprint(number) != SEALER.fingerprint(number + " ")
    assert len(SEALER.fingerprint(number)) == 64


def test_another_secret_does_not_open():
    with pytest.raises(Refused, match="无法解密"):
        OTHER.open(SEALER.seal("x"))


@given(st.integers(0, 60), st.sampled_from("AZaz09-_!"))
def test_an_altered_token_does_not_open(place, letter):
    token = SEALER.seal("420202199001011231")
    place += len(PREFIX)
    if place < len(token) - 2 and token[place] != letter:
        with pytest.raises(Refused):
            SEALER.open(token[:place] + letter + token[place + 1 :])


@pytest.mark.parametrize("token", ["", "420202199001011231", PREFIX, PREFIX + "AAAA", PREFIX + "汉", PREFIX + "="])
def test_what_is_no_token_is_refused_without_repeating_it(token):
    with pytest.raises(Refused) as refusal:
        SEALER.open(token)
    assert not token or token not in str(refusal.value)


def test_a_short_secret_is_refused_and_none_is_shown():
    with pytest.raises(Misconfigured, match="16"):
        Sealer("short")
    assert "secret" not in repr(SEALER)
