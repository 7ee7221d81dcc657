"""Handlers and rules hold no Chinese: what people read stands in texts, by key."""

import re
from collections import Counter
from collections.abc import Iterable

from tests.architecture.source import Source, sources
from tests.architecture.test_faq_literals import literals

FILES = sources("handlers", "miniprogram_api")
CHINESE = re.compile("[\u3007\u3400-\u9fff]")
DOCUMENTS = "miniprogram_api/identity/documents"
# What people type, or other systems write, and the code compares: file → most literals.
MATCHED = {
    # Radicals, repairs and ranges of the characters of names.
    f"{DOCUMENTS}/characters.py": 3,
    # 年月日 in dates, also of calendar files.
    f"{DOCUMENTS}/dates.py": 8,
    "miniprogram_api/operations/holiday_calendar.py": 1,
    # Words that no name has, such as 公司.
    f"{DOCUMENTS}/names.py": 2,
    # 长期, the last day of a card without one; the contract's value, too.
    f"{DOCUMENTS}/terms.py": 2,
    # 省, 市, 区 and zones in names of enterprises; the brackets 【 and 〔.
    "miniprogram_api/names/divisions.py": 1,
    "miniprogram_api/names/form.py": 1,
    "miniprogram_api/names/parts.py": 13,
    # 公司 alone, which ends old names in a register.
    "miniprogram_api/names/register/rows.py": 1,
    # 分钟, 小时 and 天 in the vendor's message about a limit.
    "miniprogram_api/clients/sms/aliyun_codes.py": 3,
    # Patterns of names and numbers in free text.
    "miniprogram_api/masking.py": 8,
    # All but Han characters, which WeChat refuses in a phrase.
    "miniprogram_api/delivery/subscription_messages.py": 1,
    # The names of columns, and words for an empty cell, in files of older systems.
    "handlers/commands/accounts/columns.py": 9,
    "miniprogram_api/enrolment/import_rows.py": 4,
    # 转 in a phone number, and 工作日 at the beginning of the hours of a window.
    "miniprogram_api/staff/windows.py": 2,
}


def chinese(files: Iterable[Source]) -> tuple[int, Counter[str]]:
    """Return how many strings the files have, and how many Chinese ones each file has."""
    texts = [(name, node.value) for name, node in literals(files) if isinstance(node.value, str)]
    return len(texts), Counter(name for name, text in texts if CHINESE.search(text))


def test_chinese_literals_are_matched_never_said() -> None:
    judged, found = chinese(FILES)
    assert len(FILES) > 300
    assert judged > 8_000
    assert {name: count for name, count in found.items() if count > MATCHED.get(name, 0)} == {}


def test_every_exception_is_needed() -> None:
    assert chinese(FILES)[1] == MATCHED


def test_planted_literal_is_found() -> None:
    said = "def page(name):\n    '''请重试。'''\n    return f'没有{name}，请核对。'\n"
    planted = Source("handlers/planted.py", said)
    assert chinese([planted]) == (2, {"handlers/planted.py": 2})
