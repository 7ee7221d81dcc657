"""The WeChat chat over the whole service: answers, options, bindings, outages and handover."""

from miniprogram_api import texts
from tests.support.faq.bot import unclear
from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.chats import Chat
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

SOMEONE = person("李建国", number=9610)
AUTHORISATION = "“是否办理工商登记注册”怎么设置"
OFF = "请开启“是否办理工商登记注册”"
TOO_LOW = "“是否办理工商登记注册”还不能开启"


def test_option_is_chosen_by_its_number(service: Service) -> None:
    asked = unclear(service)
    assert asked["kind"] == "clarify"
    zhang = Chat(service)
    said = zhang.say(asked["question"])
    titles = [option["title"] for option in asked["options"]]
    assert all(f"\n{number}. {title}" in said for number, title in enumerate(titles, 1))
    last = data_of(service.get(f"/faq/entries/{asked['options'][-1]['slug']}"))
    assert last["answer"][:20] in zhang.say(str(len(titles)))


def test_opening_pictures_cards_and_handover_are_answered(service: Service) -> None:
    zhang = Chat(service)
    assert zhang.say(kind="event") == texts.text("chat.greeting")
    assert zhang.say(kind="image") == texts.text("chat.kinds.image")
    assert zhang.say(kind="miniprogrampage") == texts.text("chat.kinds.miniprogrampage")
    assert zhang.write("人工")["MsgType"] == "transfer_customer_service"
    # A user with a human stays there.
    assert zhang.write("收不到验证码")["MsgType"] == "transfer_customer_service"
    assert len(zhang.received()) == 3


def test_bot_reads_the_account_only_while_it_is_bound(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    zhang, li = Chat(service, "zhang"), Chat(service, "li")
    assert TOO_LOW not in zhang.say(AUTHORISATION)
    # Signed in but not bound: the chat has no account.
    sign_in(service, SOMEONE)
    assert TOO_LOW not in zhang.say(AUTHORISATION)
    token = sign_in(service, SOMEONE, bind=True)
    assert TOO_LOW in zhang.say(AUTHORISATION)
    assert TOO_LOW not in li.say(AUTHORISATION)
    # Another WeChat user binds the account: the first binding ends.
    token = sign_in(service, SOMEONE, "li", bind=True)
    assert TOO_LOW not in zhang.say(AUTHORISATION)
    assert TOO_LOW in li.say(AUTHORISATION)
    data_of(service.delete("/account/wechat", token=token))
    assert TOO_LOW not in li.say(AUTHORISATION)


def test_cancellation_ends_the_binding_and_the_subscriptions(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE, level=4)
    zhang = Chat(service)
    token = sign_in(service, SOMEONE, bind=True)
    assert OFF in zhang.say(AUTHORISATION)
    body = {"topic": "authorisation_ending", "template_id": "sandbox-authorisation_ending"}
    data_of(service.post("/subscriptions", token=token, json=body), 201)
    proof = phone_proof(service, token, SOMEONE.phone)
    body = {"phone_proof": proof, "reason": "不用了"}
    data_of(service.post("/account/cancellation", token=token, json=body))
    assert OFF not in zhang.say(AUTHORISATION)
    offers = data_of(service.get("/subscriptions", token=service.wechat_login()))["topics"]
    assert {offer["waiting"] for offer in offers} == {0}


def test_chat_offers_the_wechat_phone_when_no_sms_arrives(service: Service) -> None:
    """Case 1 links to the page that proves the phone without an SMS."""
    said = Chat(service).say("一直收不到验证码")
    assert 'data-miniprogram-path="pages/wechat-phone/index">用微信手机号验证</a>' in said
    newcomer = person("周敏", number=9611)
    token = service.wechat_login()
    consent = data_of(service.get("/consent"))
    body = {
        **newcomer.four_elements,
        "phone": newcomer.phone,
        "phone_proof": phone_proof(service, token, newcomer.phone),
        "password": "Kestrel-over-17-fields",
        "consent_version": consent["version"],
        "separate_consents": ["identity"],
        "bind": True,
    }
    registered = data_of(service.post("/registrations", token=token, json=body), 201)
    assert registered["account"]["phone_verified_by"] == "wechat"
    assert service.sandbox.inbox() == []
    assert TOO_LOW in Chat(service).say(AUTHORISATION)


def test_answers_arrive_once_and_in_order_after_an_outage(service: Service) -> None:
    """After two busy answers replies arrive later, in order, each once."""
    zhang = Chat(service)
    zhang.say(kind="image")
    service.sandbox.fault("wechat", "busy", 2, action="custom/send")
    zhang.write(kind="image")
    zhang.write(kind="miniprogrampage")
    assert eventually(lambda: len(zhang.received()) == 3, 30)
    assert zhang.received()[1:] == [
        texts.text("chat.kinds.image"),
        texts.text("chat.kinds.miniprogrampage"),
    ]


def test_unhelpful_answers_lead_to_a_human(service: Service) -> None:
    zhang = Chat(service)
    zhang.say("一直收不到验证码")
    for _ in range(8):
        if "要转给工作人员吗" in zhang.say("还是不行"):
            break
    assert "已经转给工作人员" in zhang.say("好的")
    assert zhang.write("在吗")["MsgType"] == "transfer_customer_service"
