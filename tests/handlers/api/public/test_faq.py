"""The public FAQ endpoints: entries, questions, pictures and HTML."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support.faq.bot import unclear
from tests.support.service.service import Service, data_of, error_of

SHOWN = {"answer", "steps", "answer_html", "steps_html", "images", "image_texts"}
ENTRY_FIELDS = {"slug", "case", "title", "actions", "category"} | SHOWN
ANSWER_FIELDS = {
    "point",
    "conversation_id",
    "message_id",
    "kind",
    "case",
    "slug",
    "title",
    *SHOWN,
    "confidence",
    "diagnosis",
    "actions",
    "related",
    "options",
    "version",
}


def test_entries_are_public(service: Service) -> None:
    data = data_of(service.get("/faq/entries"), 200)
    assert data["version"] == 1
    assert {e["case"] for e in data["entries"] if e["case"]} == set(range(1, 17))
    for entry in data["entries"]:
        assert set(entry) == ENTRY_FIELDS
        for action in entry["actions"]:
            windows = {"windows"} if action.get("page") == "pages/windows/index" else set()
            assert set(action) == {"type", "label", action["type"], *windows}
            # The sandbox begins with two.
            assert len(action.get("windows", ())) == 2 * len(windows)


def test_entries_are_filtered_by_category(service: Service) -> None:
    everything = data_of(service.get("/faq/entries"))["entries"]
    categories = {entry["category"] for entry in everything}
    assert len(categories) > 3
    for category in categories:
        found = data_of(service.get("/faq/entries", params={"category": category}))["entries"]
        assert found == [entry for entry in everything if entry["category"] == category]
    assert data_of(service.get("/faq/entries", params={"category": "没有"}))["entries"] == []


def test_entry_is_read_by_slug(service: Service) -> None:
    entry = data_of(service.get("/faq/entries/name_symbol"), 200)
    assert set(entry) == ENTRY_FIELDS
    assert entry["case"] == 13
    assert {"type": "copy", "label": "复制“·”", "copy": "·"} in entry["actions"]


@pytest.mark.parametrize("slug", ["nowhere", "out_of_scope", "%00", "..%5c", "😀", "1" * 3000])
def test_unknown_entry_is_not_found(service: Service, slug: str) -> None:
    response = service.get(f"/faq/entries/{slug}")
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_asking_needs_no_token(service: Service) -> None:
    data = data_of(service.post("/faq/ask", json={"question": "一直收不到短信验证码"}), 200)
    assert set(data) == ANSWER_FIELDS
    assert (data["kind"], data["case"], data["slug"]) == ("answer", 1, "sms_not_received")
    assert 0.5 <= data["confidence"] <= 1
    assert data["steps"]
    assert data["actions"]
    assert set(data["related"][0]) == {"slug", "title"}
    following = data_of(
        service.post(
            "/faq/ask",
            json={"question": "你好", "conversation_id": data["conversation_id"]},
        )
    )
    assert following["conversation_id"] == data["conversation_id"]
    assert following["message_id"] != data["message_id"]
    assert following["kind"] == "smalltalk"


def test_unclear_question_gets_options(service: Service) -> None:
    data = unclear(service)
    assert data["kind"] == "clarify"
    assert 1 < len(data["options"]) <= 3
    assert all(set(option) == {"slug", "case", "title", "point"} for option in data["options"])


@pytest.mark.parametrize(
    ("question", "case"),
    [
        ("199的手机号不支持注册", 2),
        ("两个身份证填了旧证日期", 16),
    ],
)
def test_question_is_answered_by_its_case(service: Service, question: str, case: int) -> None:
    data = data_of(service.post("/faq/ask", json={"question": question}))
    assert (data["kind"], data["case"]) == ("answer", case)


def test_invalid_token_is_refused(service: Service) -> None:
    dead = service.post("/faq/ask", json={"question": "你好"}, token="x" * 43)
    assert (dead.status_code, dead.json()["code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "question",
    ["字" * 8_000, "<script>alert(1)</script>", "' OR 1=1 --", "😂", "\u0000", "\u202e"],
)
def test_any_question_is_answered_without_echoing_it(service: Service, question: str) -> None:
    response = service.post("/faq/ask", json={"question": question})
    data = data_of(response, 200)
    assert data["answer"]
    assert question not in response.text


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "question", "required"),
        ({"question": ""}, "question", "required"),
        ({"question": 7}, "question", "wrong_type"),
        ({"question": "你好", "conversation_id": "mine"}, "conversation_id", "wrong_form"),
        ({"question": "你好", "conversation_id": 7}, "conversation_id", "wrong_type"),
    ],
)
def test_wrong_field_is_named(
    service: Service, body: dict[str, object], field: str, code: str
) -> None:
    response = service.post("/faq/ask", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "INVALID_INPUT")
    named = response.json()["data"]["fields"]
    assert [(entry["field"], entry["code"]) for entry in named] == [(field, code)]


def test_body_must_be_json_of_limited_size(service: Service) -> None:
    headers = {"Content-Type": "application/json"}
    broken = service.post("/faq/ask", data=b"{", headers=headers)
    assert (broken.status_code, broken.json()["code"]) == (400, "MALFORMED_JSON")
    # The server stops reading after a refusal, so the connection cannot be reused.
    huge = service.post(
        "/faq/ask", json={"question": "x" * 70_000}, headers={"Connection": "close"}
    )
    assert (huge.status_code, huge.json()["code"]) == (413, "BODY_TOO_LARGE")
    form = service.post("/faq/ask", data={"question": "你好"})
    assert (form.status_code, form.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_answer_includes_its_picture(service: Service) -> None:
    entry = data_of(service.get("/faq/entries/name_symbol"))
    asked = data_of(service.post("/faq/ask", json={"question": "姓名中间的点怎么输入"}))
    assert asked["images"] == entry["images"]
    assert asked["image_texts"] == entry["image_texts"]
    assert "居中的小圆点" in entry["image_texts"][0]

    picture = service.get(entry["images"][0], base="")
    assert picture.status_code == 200
    assert picture.content.startswith(b"\x89PNG")
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    missing = f"/faq/images/{'0' * 32}.png"
    assert service.get(missing).json()["code"] == "NOT_FOUND"


def test_html_accompanies_the_plain_text(service: Service) -> None:
    asked = data_of(service.post("/faq/ask", json={"question": "姓名中间的点怎么输入"}))
    assert asked["answer_html"].startswith("<p>姓名中间的点是“·”")
    assert len(asked["steps_html"]) == len(asked["steps"]) == 3
    courtesy = data_of(service.post("/faq/ask", json={"question": "你好"}))
    assert courtesy["answer_html"] == courtesy["answer"]
    assert courtesy["images"] == []


def test_questions_without_a_token_are_limited_by_address(service: Service) -> None:
    def asked(address: str, token: str | None = None) -> requests.Response:
        return service.post(
            "/faq/ask",
            json={"question": "收不到验证码"},
            token=token,
            headers={"X-Forwarded-For": address},
        )

    with ThreadPoolExecutor(8) as pool:
        statuses = [a.status_code for a in pool.map(asked, ["203.0.113.7"] * 66)]
    assert (statuses.count(200), statuses.count(429)) == (60, 6)
    answer = asked("203.0.113.7")
    data = error_of(answer, 429, "TOO_MANY_ATTEMPTS")["data"]
    assert data["scope"] == "questions"
    assert 1 <= data["retry_after"] <= 60
    assert answer.headers["Retry-After"] == str(data["retry_after"])
    assert "没有登录的提问太多" in answer.json()["message"]
    assert asked("203.0.113.7", service.wechat_login()).status_code == 200
    assert asked("203.0.113.8").status_code == 200


@pytest.mark.parametrize(
    ("scope", "path"), [("suggestions", "/faq/suggestions?q=注册"), ("entries", "/faq/entries")]
)
def test_visitors_of_an_address_have_a_counter_for_each_call(
    service: Service, scope: str, path: str
) -> None:
    address = "203.0.113.8"
    browser = {"device": "a-browser-of-a-visitor"}
    visitor = data_of(service.post("/web/login", json=browser, address=address))["token"]

    def call(token: str | None = None, address: str = address) -> requests.Response:
        return service.get(path, token=token, address=address)

    answers = [call(visitor if number % 2 else None) for number in range(61)]
    assert [a.status_code for a in answers] == [200] * 60 + [429]
    data = error_of(answers[-1], 429, "TOO_MANY_ATTEMPTS")["data"]
    assert data["scope"] == scope
    assert answers[-1].headers["Retry-After"] == str(data["retry_after"])
    # Users of WeChat behind the same mobile network, other addresses and other calls go on.
    assert call(service.wechat_login()).ok
    assert call(address="203.0.113.9").ok
    assert service.post("/faq/ask", json={"question": "你好"}, address=address).ok


def test_one_entry_counts_as_the_list_of_entries(service: Service) -> None:
    address = "203.0.113.10"
    slug = data_of(service.get("/faq/entries", address=address))["entries"][0]["slug"]
    answers = [service.get(f"/faq/entries/{slug}", address=address) for _ in range(60)]
    assert [a.status_code for a in answers] == [200] * 59 + [429]


def test_suggestions_while_typing_need_no_token(service: Service) -> None:
    data = data_of(service.get("/faq/suggestions", params={"q": "激活"}), 200)
    assert data["version"] >= 1
    assert 1 < len(data["suggestions"]) <= 6
    assert all(set(one) == {"text", "slug"} for one in data["suggestions"])
    assert all(one["text"].startswith("激活") for one in data["suggestions"])
    assert data_of(service.get("/faq/suggestions"), 200)["suggestions"] == []
    error_of(service.get("/faq/suggestions", params={"q": "字" * 201}), 422, "INVALID_INPUT")
