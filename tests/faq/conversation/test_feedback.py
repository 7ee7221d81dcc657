import pytest

from faq.conversation import feedback, inbox, settling
from faq.diagnosis.asker import ANONYMOUS, Asker
from miniprogram_api.reasons import Refused
from tests.support.faq.bot import Bot
from tests.support.people.accounts import account_of
from tests.support.people.persons import person

ZHANG = Asker("o-zhang", None)
ASKED = "姓名中间的点怎么打出来"


def test_rating_can_be_given_and_changed(bot: Bot) -> None:
    said = bot.ask(ASKED, asker=ZHANG)
    comment = "打了还是不对，电话13800130011"
    feedback.rate(bot.services, said.message_id, ZHANG, helpful=False, comment=comment)
    row = bot.kept(said.message_id)
    assert (row.helpful, row.concern, row.state) == (False, "unhelpful", "new")
    assert row.comment == "打了还是不对，电话***"
    assert row.rated_at is not None
    feedback.rate(bot.services, said.message_id, ZHANG, helpful=True, comment=None)
    row = bot.kept(said.message_id)
    assert (row.helpful, row.comment, row.concern, row.state) == (True, None, None, None)


def test_only_the_asker_can_rate_a_message(bot: Bot) -> None:
    account = account_of(person())
    visitors, zhangs = bot.ask(ASKED), bot.ask(ASKED, asker=ZHANG)
    accounts = bot.ask(ASKED, asker=Asker("o-zhang", account.id))
    allowed = [
        (visitors, ANONYMOUS),
        (visitors, ZHANG),
        (zhangs, ZHANG),
        (zhangs, Asker("o-zhang", account.id)),
        (accounts, Asker(None, account.id)),
    ]
    refused = [
        (zhangs, ANONYMOUS),
        (zhangs, Asker("o-li", account.id)),
        (accounts, ZHANG),
        (accounts, Asker("o-zhang", account.id + 1)),
    ]
    for said, asker in allowed:
        feedback.rate(bot.services, said.message_id, asker, helpful=True, comment=None)
    for said, asker in refused:
        with pytest.raises(Refused, match="NOT_FOUND"):
            feedback.rate(bot.services, said.message_id, asker, helpful=False, comment=None)
    for message_id in ("", "x", "A" * 22, visitors.conversation_id):
        with pytest.raises(Refused, match="NOT_FOUND"):
            feedback.rate(bot.services, message_id, ANONYMOUS, helpful=True, comment=None)


def test_decision_of_editors_outlasts_a_rating(bot: Bot) -> None:
    said = bot.ask("推荐一部好看的电影")
    settling.dismiss(inbox.group_of(said.message_id).wordings, editor="admin:1")
    feedback.rate(bot.services, said.message_id, ANONYMOUS, helpful=False, comment=None)
    row = bot.kept(said.message_id)
    assert (row.helpful, row.state) == (False, "dismissed")


def test_comment_rejected_by_wechat_is_not_stored(bot: Bot) -> None:
    said = bot.ask(ASKED, asker=ZHANG)
    with pytest.raises(Refused) as refused:
        feedback.rate(bot.services, said.message_id, ZHANG, helpful=False, comment="教你赌博")
    (entry,) = refused.value.details["fields"]
    assert (entry["field"], entry["code"]) == ("comment", "not_fit")
    feedback.rate(bot.services, said.message_id, ZHANG, helpful=False, comment="加微信聊")
    assert bot.kept(said.message_id).comment == "加微信聊"
