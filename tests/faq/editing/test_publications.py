"""Publications while four workers answer: no answer is stale."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from faq.content.entries import Content
from faq.editing import drafts, question_sets, workflow
from faq.release import publishing
from faq.release.parts import Key
from miniprogram_api.operations import maintenance
from miniprogram_api.services import Services
from tests.support.service.service import Service, data_of

CALLERS = 6
WORKERS = 4
QUESTION = "补办借书证"
CARD = Key("entry", "lost_card")


@pytest.fixture
def service(tmp_path: Path, small: Content) -> Iterator[Service]:
    """Start a service with the small content as its first release."""
    running = Service(tmp_path, web_workers=WORKERS, questions_per_address=1_000_000)
    maintenance.connect(running.settings)
    try:
        maintenance.migrate(running.settings)
        publishing.publish(small, after=None)
        with running:
            yield running
    finally:
        maintenance.disconnect()


@dataclass
class Watch:
    """Record the current release and the answers of callers."""

    published: int = 0
    """The number of the last completed publication."""
    answers: Counter[int] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, service: Service) -> None:
        """Ask once: the answer is of a release that was in force while the question was asked."""
        at_least = self.published
        said = data_of(service.post("/faq/ask", json={"question": QUESTION}))
        self._note(said["version"], at_least, said["answer"])
        listed = data_of(service.get("/faq/entries"))
        entry = next(e for e in listed["entries"] if e["slug"] == CARD.name)
        self._note(listed["version"], at_least, entry["answer"])

    def _note(self, version: int, at_least: int, answer: str) -> None:
        self.answers[version] += 1
        if version < at_least:
            self.stale.append(f"{version} after {at_least}")
        if answer != text_of(version):
            self.wrong.append(f"{version}: {answer}")

    def keep_asking(self, service: Service) -> None:
        while not self.over.is_set():
            self.ask(service)


def text_of(release: int) -> str:
    return f"这是第{release}版的答复。"


def publish(services: Services, number: int) -> int:
    """Publish an answer naming release `number`; return the release's number."""
    draft = drafts.entry(CARD.name)
    changed = {**draft.content, "answer": text_of(number)}
    drafts.save(CARD, changed, based_on=draft.revision, editor="editor:1")
    return workflow.publish(services, actor="editor:1").number


@pytest.mark.parametrize("publications", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_every_answer_uses_the_latest_publication(service: Service, publications: int) -> None:
    services = Services(service.settings, None)  # type: ignore[arg-type] - nothing outside is asked
    for known in question_sets.sets():
        # They are about the shipped content.
        question_sets.archive(known.id, True, editor="editor:1")
    watch = Watch(publish(services, 2))
    callers = [threading.Thread(target=watch.keep_asking, args=(service,)) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        for number in range(3, 3 + publications):
            assert publish(services, number) == number
            watch.published = number
            watch.ask(service)
    finally:
        watch.over.set()
        for caller in callers:
            caller.join()

    assert watch.stale == []
    assert watch.wrong == []
    assert publishing.current().number == 2 + publications
    assert set(range(3, 3 + publications)) <= set(watch.answers)
    assert service.process is not None
    web = [
        p for p in psutil.Process(service.process.pid).children() if "gunicorn" in str(p.cmdline())
    ]
    assert [len(parent.children()) for parent in web] == [WORKERS]
    print(f"{publications} publications, {watch.answers.total()} answers")
