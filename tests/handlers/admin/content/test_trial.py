"""Trial of an edited entry: at once, or after the worker has learnt its examples."""

import re
import secrets
from typing import Any

from faq.editing import drafts
from faq.release import publishing
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service
from tests.support.service.waiting import eventually

SLUG = "segment_199"
PATH = f"/entries/{SLUG}"
# No page waits for learning; generous for a busy machine.


def test_draft_is_tried_once_the_worker_has_learnt_it(small_service: Service) -> None:
    def save(**fields: Any) -> None:
        part = drafts.entry(SLUG)
        content = {**part.content, **fields}
        drafts.save(part.key, content, based_on=part.revision, editor="staff:1")

    editor = Desk(small_service, token_of(member_of("editor")))
    asked = {"question": "199号段暂不支持", "person": "closed_range", "memory": ""}
    publishing.current().keep()
    save(answer="还没发布的答案。", variants={})
    # Learning reads no answers.
    at_once = editor.post(f"{PATH}/try", asked, page=PATH).text
    assert "data-memory" in at_once
    assert "还没发布的答案。" in at_once
    assert "199****5678" in at_once
    assert "字面" in at_once
    # A random example, because each state is learnt once.
    save(questions=[*drafts.entry(SLUG).content["questions"], f"199号{secrets.token_hex(4)}"])
    waiting = editor.post(f"{PATH}/try", asked, page=PATH).text
    assert "data-memory" not in waiting
    assert re.search("正在(排队|准备)|正在学习", waiting)
    assert re.search(r"已过\d+秒", waiting)
    assert 'name="question" value="199号段暂不支持"' in waiting
    asked["waiting"] = "1"
    assert eventually(
        lambda: "data-memory" in editor.post(f"{PATH}/try", asked, page=PATH).text, seconds=90
    )
    assert editor.post(f"{PATH}/try", {"question": ""}, page=PATH).status_code == 422
