"""The user's own conversations over HTTP."""

from tests.support.service.service import Service, data_of, error_of

PATH = "/account/conversations"
MESSAGE = {"message_id", "asked_at", "question", "answer", "kind", "slug", "helpful", "comment"}


def test_conversation_is_read_and_deleted_by_its_user(service: Service) -> None:
    zhang, li = service.wechat_login("zhang"), service.wechat_login("li")
    asked = {"question": "收不到验证码，我的手机是13800130011"}
    conversation = data_of(service.post("/faq/ask", json=asked, token=zhang))["conversation_id"]
    found = data_of(service.get(PATH, token=zhang), 200)["conversations"]
    (one,) = [talk for talk in found if talk["id"] == conversation]
    assert set(one["messages"][0]) == MESSAGE
    assert one["messages"][0]["question"] == "收不到验证码，我的手机是***"
    others = data_of(service.get(PATH, token=li), 200)["conversations"]
    assert conversation not in {talk["id"] for talk in others}
    error_of(service.get(PATH), 401, "UNAUTHENTICATED")
    path = f"{PATH}/{conversation}"
    error_of(service.request("DELETE", path, token=li), 404, "NOT_FOUND")
    assert data_of(service.request("DELETE", path, token=zhang), 200) == {}
    error_of(service.request("DELETE", path, token=zhang), 404, "NOT_FOUND")
