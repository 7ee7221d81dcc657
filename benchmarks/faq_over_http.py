"""``POST /faq/ask`` beside bare Flask and beside NLP.js behind express, from 16 to 10,000 entries.

``python -m benchmarks.faq_over_http [--rounds N] [--seconds S]``; ``python -m benchmarks`` has it,
too. NLP.js is installed by npm into a temporary folder; without npm it is left out.
"""

import argparse
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median
from typing import IO, Any

import requests

from benchmarks import load
from benchmarks.bare import API
from benchmarks.calls import Call, OwnWords
from benchmarks.faq_matching import content_of, questions_of
from benchmarks.over_http import MOST_QUESTIONS, PRODUCT_APPLICATION, Arm
from benchmarks.stage import EVEN, PLAIN, PRODUCT, Server, Stage
from faq import encoder, evaluation, publishing, question_files, seed
from faq.entries import Content
from faq.matching import compile_matcher
from miniprogram_api import maintenance
from tests.support.sandbox import REPOSITORY

LEAST_OF_BARE = {16: 0.55, 1_000: 0.45, 10_000: 0.35}
LEAST_TIMES_NLPJS = {16: 1.2, 1_000: 2.0}
MOST_MS_WITH_ENCODER = 15.0
MOST_MEGABYTES = 350
WITH_ENCODER = "POST /faq/ask, 16, encoder"
NEW_WORDS, KEPT = ", new words", ", kept connections"
NLPJS = Path(__file__).with_name("nlpjs")
NLPJS_START_SECONDS = 900
ANSWER_SECONDS = 120


class Bot:
    """NLP.js behind express, in one process (as it comes) or in two (as the others)."""

    def __init__(
        self, folder: Path, content: Content, name: str, log: IO[bytes], workers: int
    ) -> None:
        corpus = folder / f"{name}-{workers}.json"
        corpus.write_text(json.dumps(_corpus(content), ensure_ascii=False), "utf-8")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            ["node", "bot.js", "serve", corpus.name, str(self.port), str(workers)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )

    def wait(self) -> bool:
        """Whether it came up in time; training is a part of that."""
        deadline = time.monotonic() + NLPJS_START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(requests.ConnectionError):
                return requests.get(f"{self.url}/healthz", timeout=30).ok
            time.sleep(0.2)
        return False

    def stop(self) -> None:
        """End it and its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def measure(
    stage: Stage, rounds: int, seconds: float, say: Callable[[str], None]
) -> tuple[list[Arm], list[str]]:
    """Run all arms in turn; returns them and the notes about what was left out."""
    with ExitStack() as exits:
        arms, notes = _arms(stage, seconds, exits, say)
        # The first round only warms up.
        for number in range(rounds + 1):
            for arm in arms:
                say(f"round {number} of {rounds}: {arm.title}")
                run = arm.load()
                if number > 0:
                    arm.loads.append(run)
    return arms, notes


def _arms(
    stage: Stage, seconds: float, exits: ExitStack, say: Callable[[str], None]
) -> tuple[list[Arm], list[str]]:
    notes: list[str] = []
    folder = _nlpjs(stage, say)
    if folder is None:
        notes.append("npm is not there, or cannot install NLP.js: not compared")
    bare = stage.serve("benchmarks.bare:create_app()", *PLAIN, *EVEN)
    calls = {size: _calls(questions_of(size)) for size in LEAST_OF_BARE}

    words = {size: OwnWords(questions_of(size)) for size in LEAST_OF_BARE}

    def same(url: str, size: int, *, kept: bool = False) -> Callable[[], load.Load]:
        return lambda: load.run(url, calls[size], seconds, stage.directory, kept=kept)

    def new(url: str, size: int, *, kept: bool = False) -> Callable[[], load.Load]:
        most = int(MOST_QUESTIONS * seconds)
        return lambda: load.run(
            url, words[size].make(most), seconds, stage.directory, once=True, kept=kept
        )

    def both(
        title: str, url: str, size: int, least: float | None = None, *, kept: bool = False
    ) -> list[Arm]:
        """The same questions again and again, and in new words."""
        return [
            Arm(title, same(url, size, kept=kept), bare_arm, least),
            Arm(title + NEW_WORDS, new(url, size, kept=kept), bare_arm, least),
        ]

    bare_arm = Arm("bare Flask, POST with a question", same(bare.url, 16))
    arms = [bare_arm]
    for size, target in LEAST_OF_BARE.items():
        say(f"learning {size} entries")
        content = content_of(size)
        environment = _with_content(stage, content, f"entries-{size}", "off")
        exits.enter_context(stage.worker(environment, f"entries-{size}"))
        server = _serve(stage, environment, f"entries-{size}")
        arms += both(_title(size), server.url, size, target)
        if folder is None or size not in LEAST_TIMES_NLPJS:
            continue
        for workers in (1, 2):
            say(f"NLP.js trains {size} entries")
            bot = Bot(folder, content, f"entries-{size}", stage.log("nlpjs"), workers)
            exits.callback(bot.stop)
            if bot.wait():
                arms += both(_nlpjs_title(size, workers), bot.url, size)
                # What it is spared that way is no part of a bot, but a proxy may well do so.
                arms += both(_nlpjs_title(size, workers) + KEPT, bot.url, size, kept=True)
            else:
                bot.stop()
                notes.append(f"NLP.js did not train {size} entries in {NLPJS_START_SECONDS} s")
    environment = _with_content(stage, content_of(16), "encoder", "on")
    exits.enter_context(stage.worker(environment, "encoder"))
    server = _serve(stage, environment, "encoder")
    arms += both(WITH_ENCODER, server.url, 16)
    used, share = max(server.memory())
    verdict = "reached" if used <= MOST_MEGABYTES else "MISSED"
    notes.append(
        f"a worker with the encoder: {used:.0f} MB, {share:.0f} of them its own share "
        f"(at most {MOST_MEGABYTES}: {verdict})"
    )
    return arms, notes


def _calls(questions: Sequence[str]) -> list[Call]:
    return [
        Call("POST", f"{API}/faq/ask", body=json.dumps({"question": question}, ensure_ascii=False))
        for question in questions
    ]


def _title(size: int) -> str:
    return f"POST /faq/ask, {size} entries"


def _nlpjs_title(size: int, workers: int) -> str:
    return f"NLP.js, {size} entries, {workers} process{'es' if workers > 1 else ''}"


def _with_content(stage: Stage, content: Content, name: str, mode: str) -> dict[str, str]:
    """The environment of a product with a database of its own: this content in force and learnt."""
    environment = stage.environment(name) | {
        "DATABASE_URL": f"sqlite:///{stage.directory / name}.sqlite3",
        "FAQ_ENCODER": mode,
    }
    file = stage.directory / f"{name}.content.json"
    file.write_text(content.as_json(), "utf-8")
    subprocess.run(
        [sys.executable, "-m", "benchmarks.faq_over_http", "--publish", str(file)],
        cwd=REPOSITORY,
        env=environment,
        stdout=stage.log(name),
        stderr=stage.log(name),
        check=True,
    )
    return environment


def _serve(stage: Stage, environment: dict[str, str], name: str) -> Server:
    server = stage.serve_in(environment, name, PRODUCT_APPLICATION, *PRODUCT, *EVEN)
    for question in ("收不到验证码", "怎么办"):
        # The first answers wait until the worker has read what was learnt.
        body = {"question": question}
        requests.post(f"{server.url}{API}/faq/ask", json=body, timeout=ANSWER_SECONDS)
    return server


def _publish(file: Path) -> None:
    """Put the content of a file in force in this process's database."""
    import config

    settings = config.load()
    encoder.configure(is_on=settings.faq_encoder == "on")
    maintenance.connect(settings, threads=1)
    maintenance.migrate()
    publishing.publish(Content.model_validate_json(file.read_text("utf-8")), after=None)
    publishing.current().keep()
    maintenance.disconnect()


def _nlpjs(stage: Stage, say: Callable[[str], None]) -> Path | None:
    """The folder with NLP.js and express in it; None when they cannot be installed."""
    if shutil.which("npm") is None:
        return None
    folder = stage.directory / "nlpjs"
    if not folder.exists():
        say("npm installs NLP.js")
        shutil.copytree(NLPJS, folder)
        command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        ended = subprocess.run(
            command, cwd=folder, stdout=stage.log("npm"), stderr=stage.log("npm")
        )
        if ended.returncode != 0:
            return None
    return folder


def _corpus(content: Content) -> dict[str, dict[str, Any]]:
    """The same examples that the product learns from, and the same answers."""
    said = {
        entry.slug: ([entry.title, *entry.questions], "\n".join([entry.answer, *entry.steps]))
        for entry in content.entries
    }
    said |= {topic.topic: ([*topic.questions], topic.answer) for topic in content.smalltalk}
    said["None"] = ([*content.out_of_scope.spelt_out()], content.replies.unknown)
    return {intent: {"utterances": u, "answer": answer} for intent, (u, answer) in said.items()}


def answers(stage: Stage, say: Callable[[str], None]) -> dict[str, tuple[float, float]] | None:
    """Top-1 and top-3 of both on the shipped questions, which neither learnt; None without npm.

    Both learn the sixteen cases from the same examples, those of the entries' own files.
    """
    folder = _nlpjs(stage, say)
    if folder is None:
        return None
    content = content_of(16)
    asked = [
        question
        for question in question_files.parse(seed.QUESTIONS.read_bytes())
        if question.is_of_a_case
    ]
    say("NLP.js answers the shipped questions")
    for name, value in (("answered", _corpus(content)), ("asked", [q.text for q in asked])):
        (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    subprocess.run(
        ["node", "bot.js", "answers", "answered.json", "asked.json"],
        cwd=folder,
        stdout=stage.log("nlpjs"),
        stderr=stage.log("nlpjs"),
        check=True,
    )
    said = json.loads((folder / "asked.json.answers").read_text())
    cases = {entry.slug: entry.case for entry in content.entries}
    theirs = [[cases.get(intent) for intent in intents if intent in cases] for intents in said]
    first = sum(q.cases >= {*c[:1]} and c != [] for q, c in zip(asked, theirs, strict=True))
    three = sum(bool(q.cases & {*c}) for q, c in zip(asked, theirs, strict=True))
    matcher = compile_matcher(content, with_encoder=False)
    own = evaluation.measure(evaluation.judge(matcher, asked))
    return {
        "the product, no encoder": (own.first / own.ours, own.three / own.ours),
        "NLP.js": (first / len(asked), three / len(asked)),
    }


def report(stage: Stage, rounds: int, seconds: float, say: Callable[[str], None]) -> None:
    """Measure everything and print it."""
    arms, notes = measure(stage, rounds, seconds, say)
    compared = answers(stage, say)
    say("")
    print(f"\n{'The bot over HTTP':60}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'of bare':>9}")
    for arm in arms:
        line = f"{arm.title:60}{arm.rate:11.0f}{arm.p50:9.1f}{arm.p99:9.1f}{arm.ratio():9.2f}"
        if arm.target is not None:
            line += f" (at least {arm.target:.2f}: {_verdict(arm.ratio() >= arm.target)})"
        print(line)
    by_title = {arm.title: arm for arm in arms}
    compared_with = itertools.product(
        LEAST_TIMES_NLPJS.items(), (1, 2), ("", KEPT), ("", NEW_WORDS)
    )
    for (size, least), workers, kept, words in compared_with:
        own, peer = (
            by_title[_title(size) + words],
            by_title.get(_nlpjs_title(size, workers) + kept + words),
        )
        if peer is not None:
            times = median(a.rate / b.rate for a, b in zip(own.loads, peer.loads, strict=True))
            print(f"  {times:.2f} times {peer.title} ", end="")
            print(f"(at least {least}: {_verdict(times >= least)})")
    for title in (WITH_ENCODER, WITH_ENCODER + NEW_WORDS):
        p50 = by_title[title].p50
        print(f"  {title.strip()}: p50 {p50:.1f} ms", end="")
        print(f" (at most {MOST_MS_WITH_ENCODER}: {_verdict(p50 <= MOST_MS_WITH_ENCODER)})")
    for name, (first, three) in (compared or {}).items():
        print(f"  {name}: top-1 {first:.3f}, top-3 {three:.3f} of the shipped questions")
    for note in notes:
        print(f"  {note}")


def _verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


def main() -> int:
    """Read the command line and measure the bot alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faq_over_http", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="medians are of so many rounds")
    parser.add_argument("--seconds", type=float, default=3, help="length of one load")
    parser.add_argument("--publish", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.publish is not None:
        _publish(arguments.publish)
        return 0
    with Stage() as stage:
        report(stage, arguments.rounds, arguments.seconds, lambda _progress: None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
