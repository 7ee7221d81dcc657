"""An eighteenth case, added over the admin pages: bot, question back and API errors use it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from faq.editing import drafts
from faq.release.parts import Key
from miniprogram_api.operations import maintenance
from tests.support.admin.desk import Desk, when_done
from tests.support.admin.staff import member_of, token_of
from tests.support.faq import small_content
from tests.support.people.cases import Applicant, ask_for_code
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SLUG, CASE, LABEL = "code_refused", 18, "收到了但提示不对"
ENTRY = {
    "slug": SLUG,
    "case": CASE,
    "title": "收到验证码但提示不对",
    "category": "短信",
    "answer": "请照最新一条短信填写，前面几条已经作废。",
    "steps": ["翻到最新一条短信。", "把6位数字重新填一遍。"],
    "questions": [
        "收到的验证码提示不对",
        "验证码输进去说错误",
        "照着短信填还是说验证码错",
        "码收到了填进去不认",
        "验证码明明是对的却提示有误",
    ],
    "texts": {"why": "新的一条发出后，旧的就作废了。"},
    "explains": ["SMS_CODE_WRONG"],
}


@pytest.fixture
def editor(service: Service) -> Iterator[Desk]:
    maintenance.connect(service.settings)
    try:
        small_content.publish()
        yield Desk(service, token_of(member_of("editor")))
    finally:
        maintenance.disconnect()


def file() -> bytes:
    """Return the new entry, its place in a family, and a reply that leads to it."""
    families: list[dict[str, Any]] = drafts.part(Key("families")).content
    codes = next(family for family in families if family["name"] == "codes")
    codes["members"].append(SLUG)
    questions: list[dict[str, Any]] = drafts.part(Key("questions_back")).content
    questions[0]["replies"].append({"label": LABEL, "entry": SLUG})
    parts = {"entries": [ENTRY], "families": families, "questions_back": questions}
    return yaml.safe_dump(parts, allow_unicode=True).encode()


def import_and_publish(editor: Desk) -> None:
    sent = editor.post("/exchange", {}, files={"file": ("new.yaml", file())})
    path = sent.headers["Location"].removeprefix("/admin")
    seen = re.search(r'name="seen" value="(\w+)"', editor.get(path).text)
    assert seen is not None
    done = editor.post(f"{path}/import", {"seen": seen[1]}, page=path)
    assert done.headers["Location"].endswith("/publish?done=imported")
    checked = re.search(r'name="digest" value="(\w+)"', when_done(editor, "/publish").text)
    assert checked is not None
    form = {"digest": checked[1], "note": "新情形", "override": "新情形"}
    assert editor.post("/publish", form).status_code == 302


def test_eighteenth_case_needs_no_line_of_code(service: Service, editor: Desk) -> None:
    import_and_publish(editor)

    def said(question: str, **more: str) -> dict[str, Any]:
        body = {"question": question, **more}
        return dict(data_of(service.post("/faq/ask", json=body)))

    found = said("验证码收到了，填进去说不对")
    assert (found["case"], found["slug"]) == (CASE, SLUG)

    asked = said("收不到验证码")
    assert asked["answer"].endswith("开头吗？")
    chosen = said(LABEL, conversation_id=asked["conversation_id"])
    assert (chosen["case"], chosen["steps"]) == (CASE, ENTRY["steps"])

    applicant = Applicant(service, person(number=41))
    data_of(ask_for_code(service, applicant.token, applicant.person.phone), 202)
    refusal = applicant.register("000000").json()
    assert refusal["code"] == "SMS_CODE_WRONG"
    assert (refusal["help"]["slug"], refusal["help"]["steps"]) == (SLUG, ENTRY["steps"])
