"""The calls that are measured, and what must be in the database for them.

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
from tests.support.people.persons import person

ACCOUNTS = 200
REPEATED = 60
PASSWORD = "correct horse battery staple"
# The service lets one WeChat user name ten phones in an hour.
PHONES_PER_USER = 10
# Phones of codes begin here: account holders have the lower ones.
_FIRST_PHONE = 1_000_000

# What people write around what they ask.
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
    """One HTTP call; the body is JSON text in one line, or empty."""

    method: str
    path: str
    token: str = ""
    body: str = ""


def add_accounts() -> list[int]:
    """Make the accounts, all with one password; returns their ids in the order of the people."""
    kept = passwords.hash_password(PASSWORD)
    ids = []
    with transaction():
        for number in range(ACCOUNTS):
            someone = person(number=number)
            account = Account.create(
                status=ACTIVE,
                level=4,
                name=someone.name,
                id_number=someone.id_number,
                identity_index=someone.id_number,
                valid_from=someone.valid_from,
                valid_until=someone.valid_until,
                phone=someone.phone,
                phone_index=someone.phone,
                phone_verified_by="sms",
                password_hash=kept,
                verified_by="face",
                created_at=clock.now(),
            )
            ids.append(account.id)
    return ids


def account_calls(account_ids: list[int]) -> list[Call]:
    """``GET /account``, each account with a session of its own."""
    return [
        Call("GET", f"{API}/account", token)
        for token in _tokens((f"o-holder-{id_}", id_) for id_ in account_ids)
    ]


def shipped_questions() -> list[str]:
    """All questions that the product is shipped with, as examples."""
    with seed.QUESTIONS.open(encoding="utf-8-sig", newline="") as file:
        return [row["question"] for row in csv.DictReader(file)]


def question_calls(account_ids: list[int]) -> list[Call]:
    """``POST /faq/ask``: some of the questions that the product is shipped with, again and again.

    They come from signed-in people, or, with no accounts, from visitors without a token, as from
    the chat box of the start page. They are few enough for the warm-up to ask all of them.
    """
    shipped = shipped_questions()
    questions = shipped[:: len(shipped) // REPEATED]
    tokens = _tokens((f"o-asker-{id_}", id_) for id_ in account_ids) or [""]
    return [
        Call("POST", f"{API}/faq/ask", token, _json(question=question))
        for question, token in zip(questions, itertools.cycle(tokens))
    ]


class OwnWords:
    """``POST /faq/ask`` in words that nobody used before: what is asked again costs less.

    People say the same in words of their own: what stands around a question here is what they
    write around theirs.
    """

    def __init__(self, questions: Sequence[str]) -> None:
        around = itertools.product(_OPENINGS, _SPEAKERS, _CLOSINGS)
        self._made = (
            f"{opening}{speaker}{question}{closing}"
            for opening, speaker, closing in around
            for question in questions
        )

    def make(self, count: int) -> list[Call]:
        """``count`` further calls. Raises ValueError when there are no more."""
        made = list(itertools.islice(self._made, count))
        if len(made) < count:
            raise ValueError("There are no more words: ask for fewer rounds or seconds.")
        return [Call("POST", f"{API}/faq/ask", body=_json(question=text)) for text in made]


def sign_in_calls() -> list[Call]:
    """``POST /sessions`` by ID number; many accounts, because tries are counted for each."""
    return [
        Call("POST", f"{API}/sessions", body=_json(login=login, password=PASSWORD))
        for login in (person(number=number).id_number for number in range(ACCOUNTS))
    ]


class CodeCalls:
    """``POST /sms-codes``, every call with a phone that was never used before."""

    def __init__(self, first_block: int) -> None:
        """Phones are taken from block ``first_block`` of a million on."""
        self._next = _FIRST_PHONE * (1 + first_block)

    def make(self, count: int) -> list[Call]:
        """``count`` further calls, with as many WeChat users as their limit asks for."""
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
    """A phone of 13x that is no account holder's and that the sandbox does not treat specially."""
    block, tail = divmod(number, 9990)
    return f"13{block:05d}{tail + 10:04d}"


def _tokens(holders: Iterator[tuple[str, int | None]]) -> list[str]:
    with transaction():
        return [sessions.start(openid, account_id).token for openid, account_id in holders]


def _json(**fields: str) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
