"""Masked forms of personal data."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api import masking
from tests.support.people.persons import make_id_number, person

SOMEONE = person("王小明", number=7)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010119900307993X", "110***********993X"),
        ("110101900307993", "110********7993"),
        ("1101011990030", "*************"),
        ("", ""),
    ],
)
def test_id_number(number: str, masked: str) -> None:
    assert masking.id_number(number) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13800130011", "138****0011"), ("1380013001", "**********"), ("", "")],
)
def test_phone(phone: str, masked: str) -> None:
    assert masking.phone(phone) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳三丰", "欧***"),
        ("阿依古丽·买买提", "阿***"),
        ("John Smith", "J***"),
        ("𠮷田", "𠮷*"),
        ("张", "*"),
        ("", ""),
        ("\ud800三", "**"),
    ],
)
def test_name(name: str, masked: str) -> None:
    assert masking.name(name) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.77", "203.0.113.*"),
        ("2001:db8:1:2::7", "2001:db8:1:*"),
        ("::1", "0:0:0:*"),
        ("unix", "***"),
        ("", "***"),
    ],
)
def test_address(address: str, masked: str) -> None:
    assert masking.address(address) == masked


@pytest.mark.parametrize("mask", [masking.id_number, masking.phone, masking.name])
@given(text=st.text(st.characters()))
def test_every_text_is_masked(mask: Callable[[str], str], text: str) -> None:
    masked = mask(text)
    masked.encode("utf-8")
    assert len(masked) <= max(len(text), 18)
    if text:
        assert "*" in masked


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("request:fail timeout", "request:fail timeout"),
        ("错误码 61020，第3步", "错误码 61020，第3步"),
        (f"手机{SOMEONE.phone}没反应", "手机***没反应"),
        ("手机 138 0013 0017 没反应", "手机 *** 没反应"),
        ("手机138-0013-0017", "手机***"),
        ("手机１３８００１３００１７", "手机***"),
        (f"证号{SOMEONE.id_number}填不进", "证号***填不进"),
        ("号码11010119900101992x不对", "号码***不对"),
        ("wang@example.com 没回信", "*** 没回信"),
        ("邮箱wang＠example.com没回信", "邮箱***没回信"),
        ("GET https://a.example/b?phone=1 失败", "GET https://a.example/b*** 失败"),
        ("token 4fT_-x9Lq0Zb7Kd2Rm5Yw8Va1Pc6", "token ***"),
        ("手机138\u200b0013–0017", "手机***"),
        ("号码１１０１０１ １９９００１０１ ９９２Ⅹ", "号码***"),
        ("𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟎𝟎𝟏𝟕收不到", "***收不到"),
        ("一三八零零一三零零幺七收不到", "***收不到"),
        ("验证码482913", "验证码***"),
        ("我叫王小明，姓名：欧阳三丰", "我叫***，姓名***"),
        ("我叫不到人工，名字里有·怎么填", "我叫不到人工，名字里有·怎么填"),
        ("我叫阿依古丽·买买提，姓名：买买提.艾力", "我叫***，姓名***"),
        ("姓名中间的·打不出，名字带·的怎么填", "姓名中间的·打不出，名字带·的怎么填"),
        ("我叫王小明，收不到", "我叫***，收不到"),
        ("一三八，零零一三，零零幺七收不到", "***收不到"),
        ("手机138，0013，0017", "手机***"),
        ("壹叁捌零零壹叁零零壹柒", "***"),
        ("一、打开，二、点登录，三、刷脸", "一、打开，二、点登录，三、刷脸"),
        ("密码是Aa-12!x 不对，密码abc123也不对", "密码*** 不对，密码***也不对"),
        ("密码123 6位数字都不行", "密码123 6位数字都不行"),
        (
            "12123和12306都说核验数据缺失，199号段，2次",
            "12123和12306都说核验数据缺失，199号段，2次",
        ),
    ],
)
def test_personal_data_in_free_text_is_masked(text: str, kept: str) -> None:
    assert masking.free_text(text) == kept


@given(st.text(max_size=20), st.integers(0, 9), st.text(max_size=20))
def test_no_number_remains_in_free_text(before: str, sequence: int, after: str) -> None:
    number = make_id_number(SOMEONE.valid_from.replace(year=1990), 990 + sequence)
    kept = masking.free_text(f"{before}{number}{after}")
    assert number not in kept
    assert number[6:14] not in kept


@pytest.mark.parametrize(
    "text",
    [
        "我叫张三，收不到验证码",
        "姓名：王小明 怎么改",
        "名字是欧阳锋，认证不了",
        "姓名：仉督 填不进去",
        "他叫李四，能用我的号吗",
        "法人是陈强，我是股东",
        "我是刘芳",
        "张女士让我来问的",
        "我叫阿依古丽·买买提",
    ],
)
def test_name_is_suspected(text: str) -> None:
    assert masking.may_have_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "我叫不到人工",
        "姓名填错了怎么改",
        "名字里有生僻字",
        "我是法人又是股东",
        "本人不在国内",
        "一个号能注册几个人",
    ],
)
def test_question_without_a_name_is_not_suspected(text: str) -> None:
    assert not masking.may_have_name(text)
