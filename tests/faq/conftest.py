"""Content to test with: what the product ships, published or not, and a small one of others."""

import pytest

from config import Settings
from faq.content import seed
from faq.content.entries import Content
from faq.matching.matcher import Matcher
from faq.release import publishing
from faq.release.publishing import Published
from tests.support.faq.bot import Bot
from tests.support.service.rules import Rules


@pytest.fixture(scope="session")
def shipped() -> Content:
    return seed.load()


@pytest.fixture(scope="session")
def matcher(shipped: Content) -> Matcher:
    found = publishing.shipped_matcher(shipped)
    assert found is not None, "learnt.npz is stale: run manage.py faq learn-shipped"
    return found


@pytest.fixture
def published(tables: Settings) -> Published:
    """Publish the shipped content in an otherwise empty database."""
    publishing.seed_if_empty()
    return publishing.current()


@pytest.fixture
def bot(rules: Rules, published: Published) -> Bot:
    """Return the bot with the shipped content published."""
    return Bot(rules.services)


@pytest.fixture
def small() -> Content:
    """Return small content about a library, with its own case numbers."""
    return Content.model_validate(
        {
            "entries": [
                {
                    "slug": "lost_card",
                    "case": 101,
                    "title": "借书证丢了",
                    "category": "借书证",
                    "answer": "请带身份证到服务台补办。",
                    "steps": ["到一楼服务台。"],
                    "actions": [{"type": "call", "label": "打电话", "call": "12345"}],
                    "related": ["late_return"],
                    "questions": ["借书证丢了怎么办", "补办借书证", "借书卡找不到了"],
                },
                {
                    "slug": "late_return",
                    "case": 102,
                    "title": "还书晚了",
                    "category": "借还",
                    "answer": "每天一角，还书时付。",
                    "questions": ["还书逾期怎么办", "超期罚款多少", "书还晚了"],
                },
            ],
            "smalltalk": [{"topic": "greeting", "answer": "您好！", "questions": ["你好", "在吗"]}],
            "replies": {
                "clarify": "哪一种？",
                "other_service": "这是“{service}”的事。",
                "unknown": "不知道。",
                "unreadable": "没看懂。",
                "actions": [{"type": "ticket", "label": "问人工", "ticket": "other"}],
            },
            "out_of_scope": {
                "other_services": [{"name": "档案馆", "words": ["档案馆", "查档案"]}],
                "questions": [
                    "{service}怎么预约",
                    "{service}丢了证件",
                    "今天天气怎么样",
                    "附近有饭店吗",
                ],
            },
            "synonyms": [{"word": "借书证", "spellings": ["读者证"]}],
            # Left out, they are the thousands of shipped ones.
            "acts": [
                {"act": "thanks", "questions": ["谢谢", "多谢了", "知道了"]},
                {"act": "still_fails", "questions": ["还是不行", "没用", "试了没反应"]},
                {"act": "people", "questions": ["人工", "转人工", "找人工客服"]},
            ],
            "persons": [],
        }
    )
