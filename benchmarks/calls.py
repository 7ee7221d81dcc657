"""The measured calls, and the database rows that they need.

All people are test people: their ID numbers have the sequence codes 990 to 999.
"""

import csv
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.bare import API
from faq.content import seed
from miniprogram_api import clock
from miniprogram_api.access import passwords, sessions
from models.accounts.accounts import ACTIVE, Account
from models.storage.database import transaction
from tests.support.people.persons import Person, person

ACCOUNTS = 200
REPEATED = 60
PASSWORD = "correct horse battery staple"
# The service's limit per WeChat user and hour.
PHONES_PER_USER = 10
# First number of the phones for codes; accounts have the lower ones.
_FIRST_PHONE = 1_000_000

# Texts around a question.
_OPENINGS = (
    "",
    "你好，",
    "您好，",
    "请问",
    "急！",
    "在吗，",
    "麻烦问一下，",
    "客服你好，",
    "老师，",
)
_SPEAKERS = (
    *(
        "",
        "我",
        "我妈",
        "我爸",
        "我老公",
        "我们公司",
        "同事",
        "朋友",
        "店里",
        "今天",
        "昨天",
        "刚才",
    ),
    *("一直", "又", "上午", "下午", "晚上", "现在", "这边", "从早上到现在", "第三天了，", "还是"),
)
_CLOSINGS = (
    "",
    "，谢谢",
    "，急",
    "，在线等",
    "，怎么办",
    "，求助",
    "！！",
    "，多谢了",
    "，拜托",
    "？？",
)


@dataclass(frozen=True)
class Call:
    """An HTTP call; the body is JSON in one line, or empty."""

    method: str
    path: str
    token: str = ""
    body: str = ""


def add_accounts() -> list[int]:
    """Insert the accounts at level 4; return their ids in the order of the people."""
    return add_accounts_of([person(number=number) for number in range(ACCOUNTS)], level=4)


def add_accounts_of(people: Sequence[Person], *, level: int) -> list[int]:
    """Insert an account of each person, all with one password; return their ids in order."""
    kept = passwords.hash_password(PASSWORD)
    ids = []
    with transaction():
        for someone in people:
            account = Account.create(
                status=ACTIVE,
                level=level,
                name=someone.name,
                id_number=someone.id_number,
                identity_index=someone.id_number,
                valid_from=someone.valid_from,
                valid_until=someone.valid_until,
                phone=someone.phone,
                phone_index=someone.phone,
                phone_verified_by="sms",
                password_hash=kept,
                verified_by="face" if level == 4 else None,
                created_at=clock.now(),
            )
            ids.append(account.id)
    return ids


def account_calls(account_ids: list[int]) -> list[Call]:
    """Build ``GET /account`` calls, each account with its own session."""
    return [
        Call("GET", f"{API}/account", token)
        for token in _tokens((f"o-holder-{id_}", id_) for id_ in account_ids)
    ]


def shipped_questions() -> list[str]:
    """Read the labelled questions of the shipped content."""
    with seed.QUESTIONS.open(encoding="utf-8-sig", newline="") as file:
        return [row["question"] for row in csv.DictReader(file)]


def question_calls(account_ids: list[int]) -> list[Call]:
    """Build ``POST /faq/ask`` calls with some shipped questions.

    The askers are signed in, or have no token when there are no accounts. The warm-up asks all of
    these questions.
    """
    shipped = shipped_questions()
    questions = shipped[:: len(shipped) // REPEATED]
    tokens = _tokens((f"o-asker-{id_}", id_) for id_ in account_ids) or [""]
    return [
        Call("POST", f"{API}/faq/ask", token, _json(question=question))
        for question, token in zip(questions, itertools.cycle(tokens))
    ]


class OwnWords:
    """``POST /faq/ask`` with texts that are all new, because repeated ones are cached."""

    def __init__(self, questions: Sequence[str]) -> None:
        around = itertools.product(_OPENINGS, _SPEAKERS, _CLOSINGS)
        self._made = (
            f"{opening}{speaker}{question}{closing}"
            for opening, speaker, closing in around
            for question in questions
        )

    def make(self, count: int) -> list[Call]:
        """Build ``count`` further calls. Raises ValueError when there are no more."""
        made = list(itertools.islice(self._made, count))
        if len(made) < count:
            raise ValueError("There are no more words: ask for fewer rounds or seconds.")
        return [Call("POST", f"{API}/faq/ask", body=_json(question=text)) for text in made]


def sign_in_calls() -> list[Call]:
    """Build ``POST /sessions`` calls by ID number; many accounts, because each has a limit."""
    return [
        Call("POST", f"{API}/sessions", body=_json(login=login, password=PASSWORD))
        for login in (person(number=number).id_number for number in range(ACCOUNTS))
    ]


class CodeCalls:
    """``POST /sms-codes``, every call with a new phone."""

    def __init__(self, first_block: int) -> None:
        """Start with the phones of block ``first_block``; a block has a million."""
        self._next = _FIRST_PHONE * (1 + first_block)

    def make(self, count: int) -> list[Call]:
        """Build ``count`` further calls, with as many WeChat users as their limit requires."""
        first, self._next = self._next, self._next + count
        tokens = _tokens(
            (f"o-{first}-{number}", None) for number in range(-(-count // PHONES_PER_USER))
        )
        return [
            Call(
                "POST",
                f"{API}/sms-codes",
                tokens[number // PHONES_PER_USER],
                _json(phone=make_code_phone(first + number), purpose="register"),
            )
            for number in range(count)
        ]


def make_code_phone(number: int) -> str:
    """Return a phone without an account, with no special meaning to the sandbox."""
    block, tail = divmod(number, 9990)
    return f"13{block:05d}{tail + 10:04d}"


def _tokens(holders: Iterator[tuple[str, int | None]]) -> list[str]:
    with transaction():
        return [sessions.start(openid, account_id).token for openid, account_id in holders]


def _json(**fields: str) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
