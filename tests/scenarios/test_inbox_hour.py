"""An editor's hour with the inbox: 60 questions of 20 kinds, settled from what the pages show.

``inbox_questions.csv``: question, kind, what is right for the kind, and the comment of a user who
rates the answer down. ``answer:SLUG``: the entry is right, its text is to change; ``entry:SLUG``:
an example of it; ``new:TITLE``: a new entry; ``not_ours``; ``dismiss``. Never used to improve the
bot or the grouping. ``pytest -s`` prints the figures.
"""

import csv
import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pytest
from bs4 import BeautifulSoup

from faq.conversation import inbox
from faq.editing import drafts
from faq.matching.matcher import compile_matcher
from miniprogram_api.operations import maintenance
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

FILE = REPOSITORY / "tests/scenarios/inbox_questions.csv"
MOST_ACTS = 60
# Questions that the bot leaves to editors.
LEAST = 40
# Ticks, choices and buttons for a group; what is typed is not counted.
MOST_CLICKS = 6


@dataclass(frozen=True)
class Question:
    text: str
    kind: str
    right: str
    comment: str


@dataclass(frozen=True)
class Row:
    """A group as the list shows it: its id, kinds, and the entries that its buttons name."""

    id: str
    kinds: frozenset[str]
    right: str
    suggested: str | None
    rated_down: str | None


def questions() -> dict[str, Question]:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [
            Question(row["question"], row["kind"], row["right"], row["comment"])
            for row in csv.DictReader(file)
        ]
        return {question.text: question for question in rows}


ASKED = questions()


@pytest.fixture
def service(reading_service: Service) -> Iterator[Service]:
    reading_service.clear()
    maintenance.connect(reading_service.settings)
    try:
        yield reading_service
    finally:
        maintenance.disconnect()


def ask_all(service: Service) -> set[str]:
    """Ask every question as one of 20 WeChat users, and rate some answers down.

    Returns the questions that enter the inbox: not the surely answered ones.
    """
    asked: set[str] = set()
    tokens = [service.wechat_login(f"user{number}") for number in range(20)]
    for number, question in enumerate(ASKED.values()):
        token = tokens[number % len(tokens)]
        said = data_of(service.post("/faq/ask", json={"question": question.text}, token=token))
        if question.comment or said["kind"] != "answer" or inbox.is_unsure(said["confidence"]):
            asked.add(question.text)
        if question.comment:
            path = f"/faq/messages/{said['message_id']}/feedback"
            body = {"helpful": False, "comment": question.comment}
            assert service.post(path, json=body, token=token).status_code == 200
    assert len(asked) > LEAST
    assert eventually(lambda: inbox.count() == len(asked), 30)
    return asked


def fields_of(page: str) -> dict[str, list[str]]:
    """Return the fields of an entry's form as a browser would send them."""
    form = BeautifulSoup(page, "html.parser").select_one("form.entry-form")
    assert form is not None
    for template in form.select("template"):
        template.decompose()
    fields: dict[str, list[str]] = {}
    unticked = ":is([type=checkbox], [type=radio]):not([checked])"
    for found in form.select(f"[name]:not(button, [type=file], [disabled], {unticked})"):
        value = found.get("value", "")
        if found.name == "textarea":
            value = found.text.removeprefix("\n")
        elif found.name == "select":
            value = (found.select("option[selected]") or found.select("option"))[0]["value"]
        fields.setdefault(str(found["name"]), []).append(str(value))
    return fields


@dataclass
class Editor:
    """Settle the inbox over HTTP; count acts, clicks by kind, and mixed groups."""

    desk: Desk
    acts: int = 0
    clicks: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    mixed: set[frozenset[str]] = field(default_factory=set)
    begun: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def rows(self, query: str = "") -> list[Row]:
        """Read the first page of the list; a group with more wordings than shown is opened."""
        page = self.desk.get(f"/inbox{query}").text
        found = []
        for part in re.split(r'class="list-group-item inbox-item[^"]*"', page)[1:]:
            (row_id,) = re.findall(r'type="checkbox" name="group" value="([^"]+)"', part)
            (first,) = re.findall(r'class="fw-bold"[^>]*>([^<]+)</a>', part)
            others = re.findall(r"也有人问：([^<]*)", part)
            wordings = [first, *(others[0].split("；") if others else ())]
            if others and "种问法" in others[0]:
                group = self.desk.get(f"/inbox/{row_id}").text
                wordings = re.findall(r'<label for="w-\d+">([^<]+)</label>', group)
            kinds = frozenset(ASKED[html.unescape(said).strip()].kind for said in wordings)
            suggested = re.search(r'name="slug" value="(\w+)"', part)
            changing = re.search(r'href="/admin/entries/(\w+)#f-answer"', part)
            found.append(
                Row(
                    row_id,
                    kinds,
                    ASKED[html.unescape(first)].right,
                    suggested and suggested[1],
                    changing and changing[1],
                )
            )
        self.mixed |= {row.kinds for row in found if len(row.kinds) > 1}
        return found

    def decide(self, act: str, rows: list[Row], clicks: int = 1, **fields: Any) -> str:
        """Tick the groups, fill in the fields and press the button; return the next page.

        `clicks`: of the button and the fields.
        """
        form = {"act": act, "group": [row.id for row in rows], **fields}
        answer = self.desk.post("/inbox/decision", form, page="/inbox")
        assert answer.status_code == 302, answer.text
        self.acts += 1
        for row in rows:
            # One for the tick.
            self.clicks.update(row.kinds)
            self.groups.update(row.kinds)
        for kind in {kind for row in rows for kind in row.kinds}:
            self.clicks[kind] += clicks
        path = answer.headers["Location"].removeprefix("/admin")
        page = self.desk.get(path).text
        self.said += re.findall(r'role="status">.*?<div>(.*?)</div>', page)
        return path

    def settle_page(self, rows: list[Row]) -> None:
        """Settle the groups of one page as a person would: alike ones together."""
        answers = [row for row in rows if row.right.startswith("answer:") and row.rated_down]
        for slug, own in _by(answers, lambda row: row.right.partition(":")[2]):
            assert {row.rated_down for row in own} == {slug}
            self.change_answer(slug, own)
        right = [row for row in rows if row.right == f"entry:{row.suggested}"]
        if right:
            self.decide("suggested", right)
        left = [row for row in rows if row not in answers and row not in right]
        for decision, own in _by(left, lambda row: row.right):
            kind, _, name = decision.partition(":")
            if kind in ("not_ours", "dismiss"):
                self.decide(kind, own)
            elif kind == "entry" or name in self.begun:
                self.decide("apply", own, clicks=2, other=self.begun.get(name, name))
            else:
                path = self.decide("begin", own, title=name)
                self.begun[name] = path.partition("/entries/")[2].partition("?")[0]

    def change_answer(self, slug: str, rows: list[Row]) -> None:
        """Open the entry's form, save another answer and settle the groups."""
        fields = fields_of(self.desk.get(f"/entries/{slug}").text)
        fields["answer"] = [f"{fields['answer'][0]}（补充）"]
        saved = self.desk.send_bare("POST", f"/entries/{slug}", data=fields)
        assert saved.status_code == 302, saved.text
        for kind in {kind for row in rows for kind in row.kinds}:
            self.clicks[kind] += 2
        self.decide("answered", rows)


def _by(rows: list[Row], key: Any) -> Iterator[tuple[str, list[Row]]]:
    for value, own in groupby(sorted(rows, key=key), key=key):
        yield value, list(own)


@pytest.mark.timeout(180)
def test_sixty_questions_are_settled_rightly(service: Service) -> None:
    asked = ask_all(service)
    editor = Editor(Desk(service, token_of(member_of("editor"))))
    (groups,) = re.findall(rf"共\d+类、(\d+)组、{len(asked)}条", editor.desk.get("/inbox").text)
    (found,) = editor.rows("?text=等了两个月了")
    assert (found.rated_down, found.kinds) == ("segment_199", {"199"})
    while rows := editor.rows():
        assert editor.acts < MOST_ACTS
        editor.settle_page(rows)
    print(f"\n{groups} groups; mixed {len(editor.mixed)}; acts {editor.acts};")
    print(f"clicks {sum(editor.clicks.values())}, most {max(editor.clicks.values())}")
    print(*editor.said, sep="\n")
    assert editor.mixed == set()
    assert inbox.count() == 0
    assert "都处理完了" in editor.desk.get("/inbox").text
    assert all(clicks <= MOST_CLICKS * editor.groups[k] for k, clicks in editor.clicks.items())

    for name, slug in editor.begun.items():
        own = {text for text in asked if ASKED[text].right == f"new:{name}"}
        assert own <= set(drafts.entry(slug).content["questions"])
        assert drafts.entry(slug).content["title"] == name
    # Without the acts, and read without the encoder, it is learnt in seconds.
    content = drafts.content().model_copy(update={"acts": ()})
    learnt = compile_matcher(content, with_encoder=False)
    for question in map(ASKED.__getitem__, asked):
        right, _, slug = question.right.partition(":")
        match = learnt.match(question.text)
        if right in ("answer", "entry"):
            assert match.entry is not None, question
            assert match.entry.slug == slug, question
        elif right == "not_ours":
            assert match.kind == "fallback", question
        if right == "answer":
            assert "（补充）" in drafts.entry(slug).content["answer"]
