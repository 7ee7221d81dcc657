"""Files of labelled questions: formats and reported faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.evaluation.question_files import LabelledQuestion, QuestionFileError, parse

ROWS = "question,case\n收不到验证码,1\n核验数据缺失,4|14\n今天天气,0\n"


@pytest.mark.parametrize("before", ["", "\r\n", " , \n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_spreadsheet_encodings_are_read(encoding: str, before: str) -> None:
    assert parse("\ufeff".encode("gb18030") + ROWS.encode("gb18030")) == parse(ROWS.encode())
    assert parse((before + ROWS).encode(encoding)) == [
        LabelledQuestion("收不到验证码", frozenset({1})),
        LabelledQuestion("核验数据缺失", frozenset({4, 14})),
        LabelledQuestion("今天天气", frozenset({0})),
    ]


def test_columns_are_found_by_name_and_blank_lines_skipped() -> None:
    data = ' Case ,entry,QUESTION\r\n0,windows,"几点,\n下班"\r\n\r\n , ,\r\n3, ,登不上\r\n'.encode()
    assert parse(data) == [
        LabelledQuestion("几点,\n下班", frozenset({0}), "windows"),
        LabelledQuestion("登不上", frozenset({3}), None),
    ]


def test_set_is_chosen_by_its_column() -> None:
    data = "question,case,entry,set\n收不到,1,,blind\n登不上,3,,fresh\n你好,x,,old\n".encode()
    assert [question.text for question in parse(data, "fresh")] == ["登不上"]
    with pytest.raises(QuestionFileError, match="没有问题集“late”"):
        parse(data, "late")


def test_a_question_means_a_case_unless_only_zero_is_right() -> None:
    kinds = [parse(f"question,case\n问,{case}\n".encode())[0] for case in ("0", "4", "0|4")]
    assert [question.is_of_a_case for question in kinds] == [False, True, True]


@pytest.mark.parametrize("case", ["", "x", "-1", "1.0", "４", "4,14", "4|", "1e3", "9999999999"])
def test_invalid_case_number_is_reported_with_its_line(case: str) -> None:
    with pytest.raises(QuestionFileError, match="第3行"):
        parse(f'question,case\n好,1\n不好,"{case}"\n'.encode())


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(QuestionFileError) as refused:
        parse("question,case\n,1\n好,2\n不好,a\n只有问题\n".encode())
    assert [problem[:3] for problem in refused.value.problems] == ["第2行", "第4行", "第5行"]


def test_report_of_many_faults_is_shortened() -> None:
    with pytest.raises(QuestionFileError, match="还有480处类似的问题") as refused:
        parse(("question,case\n" + "好,x\n" * 500).encode())
    assert len(refused.value.problems) == 500


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "question、case"),
        (b"question\n", "case"),
        (b"\xff\xfe\x00q", "编码"),
        (b"question,case\n", "没有问题"),
        (b'question,case\n"open,1\n', "第2行不是CSV"),
    ],
)
def test_other_files_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(QuestionFileError, match=words):
        parse(data)


def found_or_refused(data: bytes) -> list[LabelledQuestion] | list[str]:
    try:
        return parse(data)
    except QuestionFileError as refused:
        return refused.problems


@given(st.binary(max_size=200))
def test_any_bytes_give_questions_or_a_refusal(data: bytes) -> None:
    for prefix in (b"", b"question,case\n"):
        found = found_or_refused(prefix + data)
        assert found
        for one in found:
            assert one if isinstance(one, str) else one.text and one.cases
