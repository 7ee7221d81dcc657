"""The Markdown of answers: rendering and refused markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.content import markup
from faq.content.entries import Content


@pytest.mark.parametrize(
    ("text", "plain", "html"),
    [
        ("照身份证填", "照身份证填", "<p>照身份证填</p>"),
        # Chinese puts quotation marks and no spaces around what is bold.
        ("**“不存在”**怎么办", "“不存在”怎么办", "<p><strong>“不存在”</strong>怎么办</p>"),
        ("号码110***1234，用*号", "号码110***1234，用*号", "<p>号码110***1234，用*号</p>"),
        ("[注册](pages/register/a)", "注册", '<p><a href="pages/register/a">注册</a></p>'),
        (
            "看[官网](https://www.gov.cn/a_b)",
            "看官网（https://www.gov.cn/a_b）",
            '<p>看<a href="https://www.gov.cn/a_b">官网</a></p>',
        ),
        ("填`·`", "填·", "<p>填<code>·</code></p>"),
        ("带上：\n- 身份证\n- 照片", "带上：\n· 身份证\n· 照片",
         "<p>带上：</p><ul><li>身份证</li><li>照片</li></ul>"),
        ("1. 先登录\n2. 再激活", "1. 先登录\n2. 再激活",
         "<ol><li>先登录</li><li>再激活</li></ol>"),
        ("第一行\n第二行", "第一行\n第二行", "<p>第一行<br>第二行</p>"),
        ("199号段", "199号段", "<p>199号段</p>"),
        ("<script>alert(1)</script>&<b>", "<script>alert(1)</script>&<b>",
         "<p>&lt;script&gt;alert(1)&lt;/script&gt;&amp;&lt;b&gt;</p>"),
    ],
)  # fmt: skip
def test_markup_is_rendered_for_readers(text: str, plain: str, html: str) -> None:
    assert markup.plain(text) == plain
    assert markup.html(text) == html


def test_a_step_is_one_line() -> None:
    assert markup.plain_line("1. **先**登录") == "1. 先登录"
    assert markup.html_line("- **先**登录") == "- <strong>先</strong>登录"


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "http://a.cn", "//a.cn", "data:x", "../x"]
)
def test_links_to_other_schemes_are_refused(target: str) -> None:
    text = f"[点这里]({target})"
    assert "<a" not in markup.html(text)
    assert markup.mistakes(text)


@pytest.mark.parametrize("text", ["**没有另一半", "** 有空格 **", "一半**"])
def test_unpaired_bold_marks_are_reported(text: str) -> None:
    assert markup.mistakes(text)
    assert markup.mistakes("号码110***1234") == []


@given(st.text(alphabet="*`[]()-1. \n<>&\"'\\文字https:/pages", max_size=40))
def test_output_contains_only_allowed_elements(text: str) -> None:
    html = markup.html(text)
    tags = re.findall(r"<[^>]*>", html)
    allowed = re.compile(r'</?(p|strong|code|ul|ol|li)>|<br>|<a href="[^"]*">|</a>')
    assert all(allowed.fullmatch(tag) for tag in tags), html
    markup.plain(text), markup.plain_line(text), markup.html_line(text)


def test_shipped_texts_render_unchanged_as_plain_text(shipped: Content) -> None:
    for entry in shipped.entries:
        assert entry.plain_answer == entry.answer
        assert entry.plain_steps == entry.steps
