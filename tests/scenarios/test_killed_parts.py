"""Kill -9 of each part while people register: no acknowledged answer is lost."""

import queue
import random
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of

PEOPLE = 500
PARTS = ("web worker", "worker", "valkey")
# The number of concurrent calls; a caller that waits for a killed process's lease (30 s) does not
# count.
AT_ONCE = 8
CALLERS = 96
# How long a caller retries one call before giving up.
PATIENCE_SECONDS = 90


@dataclass
class Record:
    """Collect the answers of the callers."""

    accepted_codes: list[str] = field(default_factory=list)
    registered: dict[int, str] = field(default_factory=dict)
    given_up: dict[int, str] = field(default_factory=dict)
    """Person → what the last answer was."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Killer(threading.Thread):
    """Kill one part after the other, each after the previous one is back."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self.service = service
        self.enough = threading.Event()
        self.killed: Counter[str] = Counter()

    def has_killed(self, times: int) -> bool:
        """Return whether every part was killed so often."""
        return all(self.killed[part] >= times for part in PARTS)

    def run(self) -> None:
        for number in range(10_000):
            if self.enough.wait(1.5):
                return
            part = PARTS[number % len(PARTS)]
            victim = self._victim(part)
            if victim is not None:
                victim.kill()
                self.killed[part] += 1

    def _victim(self, part: str) -> psutil.Process | None:
        assert self.service.process is not None
        mark = {
            "web worker": "-m gunicorn",
            "worker": "manage.py worker",
            "valkey": "valkey-server",
        }
        for child in psutil.Process(self.service.process.pid).children():
            try:
                if mark[part] not in " ".join(child.cmdline()):
                    continue
                if part != "web worker":
                    return child
                return random.choice(child.children() or [child])
            except psutil.NoSuchProcess:
                continue
        return None


_gate = threading.Semaphore(AT_ONCE)


def post(service: Service, path: str, body: dict[str, Any], **options: Any) -> requests.Response:
    """Send one call when there is room for it."""
    with _gate:
        return service.post(path, json=body, **options)


class NeverAnswered(Exception):
    """The caller gives up."""


def repeated(
    service: Service, path: str, body: dict[str, Any], **options: Any
) -> requests.Response:
    """Retry until a final answer. Raises NeverAnswered."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            response = post(service, path, body, **options)
        except requests.RequestException:
            time.sleep(0.2)
            continue
        if response.json()["code"].endswith("IN_PROGRESS"):
            # The answer names the rest of the dead process's lease.
            time.sleep(min(2, response.json()["data"]["retry_after"]))
        elif response.status_code >= 500:
            time.sleep(0.2)
        else:
            return response
    raise NeverAnswered(path)


def signed_in(service: Service, number: int) -> str:
    """Return a token; after an interrupted call a new WeChat code is used."""
    while True:
        response = repeated(
            service, "/wechat/login", {"code": f"wx-killed{number}~{uuid.uuid4().hex}"}
        )
        if response.ok:
            return str(data_of(response)["token"])


def proved_phone(service: Service, number: int, token: str, record: Record) -> str | None:
    """Return a phone with a code; after an unanswered call another phone."""
    for phone_number in range(number, number + 10 * PEOPLE, PEOPLE):
        phone = make_phone(phone_number)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                asked = post(
                    service, "/sms-codes", {"phone": phone, "purpose": "register"}, token=token
                )
            except requests.RequestException:
                # It may have been sent, and is never sent twice in a minute.
                time.sleep(0.2)
                break
            if asked.status_code == 202:
                with record.lock:
                    record.accepted_codes.append(phone)
                return phone
            if asked.status_code != 503:
                break
            time.sleep(0.2)
    return None


def register(service: Service, number: int, consent: str, record: Record) -> None:
    """Register one person and retry unanswered calls."""
    token = signed_in(service, number)
    phone = proved_phone(service, number, token, record)
    if phone is None:
        record.given_up[number] = "no code"
        return
    body = {
        **person(number=number).four_elements,
        "phone": phone,
        "sms_code": service.sandbox.last_code(phone),
        "password": PASSWORD,
        "consent_version": consent,
        "separate_consents": ["identity"],
    }
    answered = repeated(
        service, "/registrations", body, token=token, headers={"Idempotency-Key": uuid.uuid4().hex}
    )
    with record.lock:
        if answered.status_code == 201:
            record.registered[number] = data_of(answered)["token"]
        else:
            record.given_up[number] = answered.text


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("people", "kills"), [(80, 1), pytest.param(PEOPLE, 2, marks=pytest.mark.slow)]
)
def test_acknowledged_answers_survive_killed_parts(tmp_path: Path, people: int, kills: int) -> None:
    record = Record()
    numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(1, PEOPLE + 1):
        numbers.put(number)
    with Service(
        tmp_path, wechat_failures_per_address=10_000, phones_per_address=10_000
    ) as service:
        consent = data_of(service.get("/consent"))["version"]

        def work() -> None:
            while True:
                try:
                    number = numbers.get_nowait()
                except queue.Empty:
                    return
                if number > people and killer.has_killed(kills):
                    return
                try:
                    register(service, number, consent, record)
                except NeverAnswered as never:
                    record.given_up[number] = f"never answered: {never}"

        killer = Killer(service)
        callers = [threading.Thread(target=work) for _ in range(CALLERS)]
        killer.start()
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        killer.enough.set()
        killer.join()
        assert killer.has_killed(kills), killer.killed
        # A killed process may leave a person unregistered; most succeed.
        reasons = Counter(v[:60] for v in record.given_up.values())
        assert len(record.registered) >= people * 0.9, reasons
        assert len(record.registered) >= 9 * len(record.given_up), reasons

        sent = Counter(
            phone.removeprefix("+86")
            for call in service.sandbox.calls("SendSms")
            # A caller killed while writing sent half a request.
            if call["request"] is not None
            for phone in call["request"]["PhoneNumberSet"]
        )
        assert Counter(sent[phone] for phone in record.accepted_codes) == {
            1: len(record.accepted_codes)
        }
        assert max(sent.values()) == 1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tokens = record.registered.values()
            accounts = list(pool.map(lambda t: data_of(service.get("/account", token=t)), tokens))
        for number, account in zip(record.registered, accounts, strict=True):
            assert account["id_number"][-4:] == person(number=number).id_number[-4:]
        for number in list(record.registered)[::25]:
            login = {"login": person(number=number).id_number, "password": PASSWORD}
            # Valkey, possibly killed last, counts the try.
            data_of(repeated(service, "/sessions", login), status=200)
