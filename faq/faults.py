"""What is wrong with a piece of content, in sentences for the editor who wrote it.

The validator speaks English and of types; both stop here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

# How editors call the fields, wherever they see them.
LABELS = {
    "slug": "标识",
    "case": "情形编号",
    "kind": "类型",
    "title": "标题",
    "category": "分类",
    "answer": "答案",
    "steps": "步骤",
    "images": "图片",
    "actions": "按钮",
    "related": "相关条目",
    "questions": "示例问题",
    "negatives": "反例",
    "synonyms": "同义词",
    "tags": "标签",
    "probes": "诊断",
    "topic": "寒暄名称",
    "type": "类型",
    "label": "按钮文字",
    "page": "页面",
    "ticket": "工单类型",
    "retry": "重试的步骤",
    "call": "电话",
    "copy": "复制的文字",
    "probe": "诊断名称",
    "explanation": "诊断说明",
    "image": "图片文件",
    "text": "图片说明",
    "name": "名称",
    "words": "写法",
    "word": "标准词",
    "spellings": "其他写法",
    "clarify": "反问的话",
    "other_service": "其他服务的答复",
    "unknown": "答不上来的话",
    "not_ours": "不归我们办的事的答复",
    "unreadable": "看不懂的话",
    "other_services": "其他服务",
}

# How editors call what some of them say, wherever they see it.
KINDS = {"case": "情形", "guide": "指南", "service": "业务"}
ACTION_TYPES = {
    "page": "打开页面",
    "ticket": "提交工单",
    "retry": "重试一步",
    "call": "打电话",
    "copy": "复制文字",
}
_CHOICES = {"kind": KINDS, "type": ACTION_TYPES}
_CHOICE = re.compile("'([^']+)'")

# Of the validator's errors: our stable code, and the sentence. `{…}` is filled from its context.
_SENTENCES = {
    "missing": ("required", "没有填写"),
    "string_type": ("wrong_type", "应为文字"),
    "int_type": ("wrong_type", "应为整数"),
    "int_parsing": ("wrong_type", "应为整数"),
    "int_from_float": ("wrong_type", "应为整数"),
    "bool_type": ("wrong_type", "应为 true 或 false"),
    "tuple_type": ("wrong_type", "应为列表"),
    "list_type": ("wrong_type", "应为列表"),
    "model_type": ("wrong_type", "的格式不对，应当是一组“名称: 内容”"),
    "model_attributes_type": ("wrong_type", "的格式不对，应当是一组“名称: 内容”"),
    "extra_forbidden": ("unknown_field", "是不认识的一项，请删去或改正名称"),
    "string_too_long": ("too_long", "最多{max_length}个字"),
    "too_long": ("too_many", "最多{max_length}条"),
    "greater_than_equal": ("out_of_range", "不能小于{ge}"),
    "string_unicode": ("wrong_characters", "含有无法识别的字符"),
}
_WRONG_FORM = ("wrong_form", "的格式不对")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `field`: where, as a path such as `steps.1`; `message`: a sentence.

    `code` is stable.
    """

    field: str
    code: str
    message: str


def faults_of(error: ValidationError, name: str = "") -> list[Fault]:
    """What the validator found; `name` says in the sentences which piece it is (条目“…”)."""
    return [_fault(found, name) for found in error.errors(include_url=False, include_input=False)]


def _fault(error: Mapping[str, Any], name: str) -> Fault:
    path: Sequence[str | int] = error["loc"]
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "value_error":
        # Raised by our own validators: a whole Chinese sentence.
        return Fault(
            _joined(path),
            "does_not_fit",
            f"{name}：{context['error']}。" if name else f"{context['error']}。",
        )
    if kind in ("string_too_short", "too_short"):
        code, said = "required", "没有填写"
    elif kind == "string_pattern_mismatch":
        code, said = "wrong_characters", _characters(path)
    elif kind == "literal_error":
        code, said = "not_allowed", f"只能是{_choices(path, context['expected'])}之一"
    else:
        code, sentence = _SENTENCES.get(kind, _WRONG_FORM)
        said = sentence.format(**context)
    where = place(path)
    said = said if said.startswith("的") or not where else said.removeprefix("的")
    return Fault(_joined(path), code, f"{name}{'的' if name and where else ''}{where}{said}。")


def place(path: Sequence[str | int]) -> str:
    """`("steps", 1)` in words: 步骤第2条."""
    words = ""
    for part in path:
        if isinstance(part, int):
            words += f"第{part + 1}条"
        else:
            # A nested field is one of the item before it.
            words += ("的" if words else "") + LABELS.get(part, f"“{part[:30]}”")
    return words


def _characters(path: Sequence[str | int]) -> str:
    if path and (path[0] == "related" or path[-1] in ("slug", "topic", "probe")):
        return "只能用小写字母、数字和下划线，以字母开头，2至50个字符"
    return "含有换行或其他控制字符，请写成一行"


def _choices(path: Sequence[str | int], expected: str) -> str:
    """What may stand there, by the words that editors see; files have the codes, too."""
    words = _CHOICES.get(str(path[-1]) if path else "", {})
    codes = _CHOICE.findall(expected)
    return "、".join(
        f"“{words[code]}”（{code}）" if code in words else f"“{code}”" for code in codes
    )


def _joined(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))
