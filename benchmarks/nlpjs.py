"""``POST /faq/ask`` compared with NLP.js behind express: ``python -m benchmarks.nlpjs``.

Both run in two processes behind one nginx with persistent connections. NLP.js is trained on the
sixteen cases only, stores nothing and makes no diagnosis; npm installs it into a temporary folder.
The output has the rates and the accuracy of both.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median
from typing import Any

import requests

from benchmarks import load
from benchmarks.calls import OwnWords, question_calls, shipped_questions
from benchmarks.over_http import MOST_QUESTIONS, PRODUCT_APPLICATION, Arm, run_in_turn
from benchmarks.stage import EVEN, PRODUCT, Stage, end_group, free_port
from faq.content import seed
from faq.content.entries import Content
from faq.evaluation import measuring as evaluation
from faq.evaluation import question_files
from faq.matching.matcher import compile_matcher

FOLDER = Path(__file__).with_name("nlpjs")
START_SECONDS = 300
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    upstream product {{ server 127.0.0.1:{product}; keepalive 8; }}
    upstream nlpjs {{ server 127.0.0.1:{nlpjs}; keepalive 8; }}
    server {{ listen 127.0.0.1:{before_product}; location / {{ proxy_pass http://product; }} }}
    server {{ listen 127.0.0.1:{before_nlpjs}; location / {{ proxy_pass http://nlpjs; }} }}
}}
"""


def report(stage: Stage, rounds: int, seconds: float, say: Callable[[str], None]) -> None:
    """Measure and print rate and accuracy of both."""
    missing = [name for name in ("npm", "nginx") if shutil.which(name) is None]
    if missing:
        print(f"\nNLP.js behind express: left out, {' and '.join(missing)} must be installed")
        return
    with ExitStack() as exits:
        say("NLP.js is installed and trained")
        folder = _installed(stage)
        content = _sixteen_cases()
        _write(folder / "corpus.json", _corpus(content))
        right = _right_answers(stage, folder, content)
        arms = _arms(stage, folder, seconds, exits)
        run_in_turn(arms, rounds, say)
    say("")
    title = "The bot behind nginx, connections kept"
    print(f"\n{title:44}{'requests/s':>11}{'p99 ms':>9}{'top-1':>9}")
    for arm, top_1 in zip(arms, [right["product"], right["nlpjs"]] * 2, strict=True):
        line = f"{arm.title:44}{arm.rate:11.0f}{arm.p99:9.1f}{top_1:9.2f}"
        if arm.beside is not None:
            pairs = zip(arm.loads, arm.beside.loads, strict=True)
            line += f"; the product {median(b.rate / a.rate for a, b in pairs):.2f} times"
        print(line)


def _arms(stage: Stage, folder: Path, seconds: float, exits: ExitStack) -> list[Arm]:
    product = stage.serve(PRODUCT_APPLICATION, *PRODUCT, *EVEN)
    ports = {name: free_port() for name in ("nlpjs", "before_product", "before_nlpjs")}
    config_file = folder / "nginx.conf"
    config_file.write_text(NGINX.format(folder=folder, product=product.port, **ports))
    bot = ["node", "bot.js", "serve", "corpus.json", str(ports["nlpjs"]), "2"]
    for command in (bot, ["nginx", "-p", str(folder), "-c", str(config_file)]):
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=stage.log("nlpjs"),
            stderr=stage.log("nlpjs"), process_group=0,
        )  # fmt: skip
        exits.callback(end_group, process)
    urls = {name: f"http://127.0.0.1:{ports[f'before_{name}']}" for name in ("product", "nlpjs")}
    for url in urls.values():
        _wait(url)
    same, words = question_calls([]), OwnWords(shipped_questions())

    def again(name: str) -> Callable[[], load.Load]:
        return lambda: load.run(urls[name], same, seconds, stage.directory, kept=True)

    def new(name: str) -> Callable[[], load.Load]:
        most = int(MOST_QUESTIONS * seconds)
        return lambda: load.run(
            urls[name], words.make(most), seconds, stage.directory, once=True, kept=True
        )

    own, own_new = (
        Arm("the product", again("product")),
        Arm("the product, new words", new("product")),
    )
    return [
        own,
        Arm("NLP.js", again("nlpjs"), own),
        own_new,
        Arm("NLP.js, new words", new("nlpjs"), own_new),
    ]


def _installed(stage: Stage) -> Path:
    folder = stage.directory / "nlpjs"
    shutil.copytree(FOLDER, folder)
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
    log = stage.log("npm")
    subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=True)
    return folder


def _sixteen_cases() -> Content:
    """Return the cases with the examples of their own files, without the labelled questions."""
    shipped = seed.load(labelled=None)
    cases = [entry for entry in shipped.entries if entry.kind == "case"]
    kept = {entry.slug for entry in cases}
    own = [entry.model_copy(update={"related": tuple(kept & {*entry.related})}) for entry in cases]
    return shipped.model_copy(update={"entries": tuple(own)})


def _corpus(content: Content) -> dict[str, dict[str, Any]]:
    """Return the same examples and answers for NLP.js."""
    said = {
        entry.slug: ([entry.title, *entry.questions], "\n".join([entry.answer, *entry.steps]))
        for entry in content.entries
    }
    said |= {topic.topic: ([*topic.questions], topic.answer) for topic in content.smalltalk}
    said["None"] = ([*content.out_of_scope.with_service_names()], content.replies.unknown)
    return {intent: {"utterances": u, "answer": answer} for intent, (u, answer) in said.items()}


def _right_answers(stage: Stage, folder: Path, content: Content) -> dict[str, float]:
    """Return the top-1 accuracy of both on shipped questions that neither was trained on."""
    asked = [
        question
        for question in question_files.parse(seed.QUESTIONS.read_bytes())
        if question.is_of_a_case
    ]
    _write(folder / "asked.json", [question.text for question in asked])
    log = stage.log("nlpjs")
    command = ["node", "bot.js", "answers", "corpus.json", "asked.json"]
    subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=True)
    said = json.loads((folder / "asked.json.answers").read_text())
    numbers = {entry.slug: entry.case for entry in content.entries}
    cases = [[numbers[intent] for intent in intents if intent in numbers] for intents in said]
    right = sum(bool(c) and c[0] in q.cases for q, c in zip(asked, cases, strict=True))
    own = evaluation.measure(evaluation.judge(compile_matcher(content), asked))
    return {"product": own.first / own.ours, "nlpjs": right / len(asked)}


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def _wait(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if requests.get(f"{url}/healthz", timeout=30).ok:
                return
        time.sleep(0.2)
    raise RuntimeError(f"{url} did not answer within {START_SECONDS} s.")


if __name__ == "__main__":
    with Stage() as own_stage:
        report(own_stage, 3, 2, lambda _progress: None)
