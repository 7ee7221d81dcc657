"""HTML pasted from Word, WPS and web pages becomes Markdown."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faq.content import markup
from faq.language import html_import

# As Word 365 puts it on the clipboard, shortened.
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:x"><head>
<style><!-- /* Style Definitions */ p.MsoNormal {mso-style-parent:""; margin:0cm} --></style>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->
</head><body lang=ZH-CN style='tab-interval:21.0pt'><!--StartFragment-->
<p class=MsoNormal><b><span style='font-family:宋体;mso-ascii-font-family:A'>请注意：</span></b>
<span lang=EN-US>199</span><span style='font-family:宋体'>号段
暂不支持。<o:p></o:p></span></p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span lang=EN-US
style='font-family:Wingdings'><span style='mso-list:Ignore'>l<span style='font:7.0pt "Times"'>&nbsp;
&nbsp;&nbsp; </span></span></span><![endif]><span>换一个手机号</span></p>
<p class=MsoListParagraph><span style='mso-list:Ignore'>1.<span>&nbsp;&nbsp; </span></span>打开<a
href="https://www.gov.cn/">官网</a></p>
<script>alert(1)</script>
<!--EndFragment--></body></html>"""


def test_word_document_becomes_markdown() -> None:
    assert html_import.from_html(WORD) == (
        "**请注意：** 199号段暂不支持。\n- 换一个手机号\n1. 打开[官网](https://www.gov.cn/)"
    )
    assert html_import.items(html_import.from_html(WORD))[1:] == [
        "换一个手机号",
        "打开[官网](https://www.gov.cn/)",
    ]


def test_web_page_becomes_markdown() -> None:
    page = (
        "<h2>办理材料</h2><ul><li>身份证<li><strong>照片</strong>一张</ul>"
        "<table><tr><td>甲</td><td>乙</td></tr></table><a href='javascript:x()'>点</a>"
        "<img src=x onerror=alert(1)>"
    )
    assert html_import.from_html(page) == "办理材料\n- 身份证\n- **照片**一张\n- 甲：乙\n点"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<b><p>一</p><p>二</p></b>", "**一**\n**二**"),
        ("<b>一<strong>二</strong></b>", "**一二**"),
        ("<ul><li>甲<ul><li>乙</li></ul></li><li>丙</ul>", "- 甲\n- 乙\n- 丙"),
        ("<a href='https://a.cn/'>https://a.cn/</a>", "https://a.cn/"),
        ("a*b_c &lt; d", "a*b_c < d"),
    ],
)
def test_html_becomes_markdown(html: str, text: str) -> None:
    assert html_import.from_html(html) == text


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("l\t换号", "换号"),
        ("\uf0b7\t换号", "换号"),
        ("·\u00a0\u00a0 换号", "换号"),
        ("● 换号", "换号"),
        ("1.登录", "登录"),
        ("（2）登录", "登录"),
        ("①登录", "登录"),
        ("一、登录", "登录"),
        ("先\u00a0登录\u200b\ufeff", "先 登录"),
        # What only looks like a mark.
        ("·是间隔号", "·是间隔号"),
        ("3.5元", "3.5元"),
        ("199号段", "199号段"),
        ("**重点**在这里", "**重点**在这里"),
        ("一、", "一、"),
    ],
)
def test_list_marks_are_removed(line: str, item: str) -> None:
    assert html_import.items(line) == [item]


def test_answer_keeps_its_lists() -> None:
    written = "带上：\r\n•\u00a0身份证\r\n2、照片\v\v\v\v谢谢"
    assert html_import.text(written) == "带上：\n- 身份证\n2. 照片\n\n谢谢"


@example("+\x1b 0")
@given(st.text(max_size=60))
def test_cleaning_is_idempotent(written: str) -> None:
    text = html_import.text(written)
    assert html_import.text(text) == text
    assert "\u00a0" not in text
    for line in html_import.lines(written):
        assert line == html_import.line(line) != ""


@given(st.text(alphabet="<>/pbaliul strong=\"'&;文字\n", max_size=80))
def test_output_contains_no_element(html: str) -> None:
    assert "<script" not in markup.html(html_import.from_html(html))


def test_table_becomes_a_list_with_an_item_for_each_row() -> None:
    html = (
        "<table><tr><th>事项</th><th>时限</th><th>收费</th></tr>"
        "<tr><td><p>设立</p></td><td>3个<b>工作日</b></td><td>不收</td></tr>"
        "<tr><td>变更</td><td></td><td></td></tr><tr><td></td></tr></table>"
    )
    expected = "- 事项：时限；收费\n- 设立：3个**工作日**；不收\n- 变更"
    assert html_import.from_html(html) == expected
    assert html_import.items(expected) == ["事项：时限；收费", "设立：3个**工作日**；不收", "变更"]
    assert html_import.is_table(html, "")


def test_rows_of_a_spreadsheet_become_a_list() -> None:
    rows = "设立\t3天\t不收\r\n变更\t1天\t"
    assert html_import.is_table("", rows)
    assert html_import.from_rows(rows) == "- 设立：3天；不收\n- 变更：1天"
    assert not html_import.is_table("<p>一句话</p>", "一句话\n又一句")
    for listed in ("·\t一项", "l\t第一句\nl\t第二句", "1.\t先登录\n2.\t再激活"):
        assert not html_import.is_table("", listed)
