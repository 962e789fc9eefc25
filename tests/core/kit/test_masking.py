"""Masks: enough is hidden, and nothing of the wrong kind is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuixin.kit import masking


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("420202199001011231", "420***********1231"),
        ("42020319880715003X", "420***********003X"),
        ("420202900101123", "420********1123"),
        ("E12345678", "*********"),
        ("", ""),
    ],
)
def test_id_number_keeps_three_and_four(number, masked):
    assert masking.mask_id_number(number) == masked


def test_mobile_keeps_three_and_four():
    assert masking.mask_mobile("13812345678") == "138****5678"
    assert masking.mask_mobile("12345") == "*****"


@pytest.mark.parametrize(
    ("address", "masked"),
    [("zhang@example.com", "z***@example.com"), ("a@b", "a***@b"), ("nobody", "******"), ("@x.cn", "*****"), ("", "")],
)
def test_email_keeps_the_first_character(address, masked):
    assert masking.mask_email(address) == masked


@pytest.mark.parametrize(
    ("name", "said", "starred"),
    [
        ("张三", "张某", "张*"),
        ("张三丰", "张某", "张**"),
        ("欧阳修", "欧阳某", "欧阳*"),
        ("欧阳", "欧某", "欧*"),
        ("John Smith", "J***", "J*********"),
        ("张", "张某", "*"),
        ("", "", ""),
    ],
)
def test_person_name_keeps_the_surname(name, said, starred):
    assert masking.mask_person_name(name) == said
    assert masking.mask_person_name_by_star(name) == starred


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("湖北省黄石市下陆区桂林南路5号", "湖北省黄石市下陆区***"),
        ("湖北省黄石市西塞山区八泉街", "湖北省黄石市西塞山区***"),
        ("湖北省黄石市大冶市东风路1号花园小区", "湖北省黄石市大冶市***"),
        ("黄石市杭州西路18号磁湖小区", "黄石市***"),
        ("黄石市磁湖社区3栋", "黄石市***"),
        ("阳新县兴国镇兴国大道", "阳新县***"),
        ("花园小区3号", "***"),
        ("", "***"),
    ],
)
def test_address_stops_at_the_county(address, masked):
    assert masking.mask_address(address) == masked


@given(st.text(max_size=30))
def test_no_document_number_shows_more_than_seven_characters(text):
    masked = masking.mask_id_number(text)
    assert len(masked) == len(text.strip())
    assert len(masked.replace("*", "")) <= 7
