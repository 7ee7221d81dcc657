"""The state of the sandbox: messages, calls, faults, codes; in memory, bounded, thread-safe."""

import time
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count, islice
from threading import Lock
from typing import Any, Generic, Literal, NamedTuple, TypeVar

SHANGHAI = timezone(timedelta(hours=8))

Mode = Literal["ok", "slow", "error", "busy", "reset", "limit"]

Entry = TypeVar("Entry")
Value = TypeVar("Value")


def instant(seconds: float) -> str:
    """Format seconds since the epoch as ISO 8601 in Shanghai time, with milliseconds."""
    return datetime.fromtimestamp(seconds, SHANGHAI).isoformat(timespec="milliseconds")


class Sms(NamedTuple):
    """A received SMS; ``phone`` has 11 digits."""

    phone: str
    text: str
    code: str | None
    at: float


class Report(NamedTuple):
    """A carrier's report of a message; ``result`` is a name of ``products.carriers.REPORTS``."""

    vendor: str
    serial: str
    phone: str
    result: str
    at: float


class ChatMessage(NamedTuple):
    """A message sent into a WeChat chat; ``body`` is the JSON text of the request."""

    openid: str
    kind: str
    body: str
    at: float


class Written(NamedTuple):
    """A message or event of a WeChat user; ``fields`` is the JSON text of the push."""

    openid: str
    fields: str
    answer: str
    """The service's answer: ``success``, a MsgType, or an error."""
    at: float


class HookEvent(NamedTuple):
    """A webhook event that a registration system received."""

    headers: dict[str, str]
    body: str
    at: float


class Call(NamedTuple):
    """A received call to a vendor; ``request`` is JSON text without secrets."""

    number: int
    target: str
    action: str
    path: str
    request: str
    fault: Mode | None
    at: float


class KeyedLog(Generic[Entry]):
    """The newest ``limit`` entries in order, readable together or by key."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._all: deque[tuple[str, Entry]] = deque()
        self._by_key: defaultdict[str, deque[Entry]] = defaultdict(deque)

    def append(self, key: str, entry: Entry) -> None:
        """Add an entry; drop the oldest beyond the limit."""
        with self._lock:
            if len(self._all) >= self._limit:
                oldest_key, _ = self._all.popleft()
                entries = self._by_key[oldest_key]
                entries.popleft()
                if not entries:
                    del self._by_key[oldest_key]
            self._all.append((key, entry))
            self._by_key[key].append(entry)

    def newest(self, number: int | None = None, key: str | None = None) -> list[Entry]:
        """Return the last ``number`` entries (None: all), of one key or all, newest first."""
        with self._lock:
            if key is not None:
                return list(islice(reversed(self._by_key.get(key, ())), number))
            return [entry for _, entry in islice(reversed(self._all), number)]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._all.clear()
            self._by_key.clear()


class Store(Generic[Value]):
    """Values by key; drops the oldest beyond ``limit``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._values: OrderedDict[str, Value] = OrderedDict()

    def add(self, key: str, value: Value) -> bool:
        """Store the value if the key is new; return whether it was."""
        with self._lock:
            if key in self._values:
                return False
            self._put(key, value)
            return True

    def put(self, key: str, value: Value) -> None:
        """Store the value, replacing an existing one."""
        with self._lock:
            self._put(key, value)

    def get(self, key: str) -> Value | None:
        """Return the value of this key, or None."""
        with self._lock:
            return self._values.get(key)

    def take(self, key: str) -> Value | None:
        """Remove and return the value of this key, or None."""
        with self._lock:
            return self._values.pop(key, None)

    def values(self) -> list[Value]:
        """Return all values, the oldest first."""
        with self._lock:
            return list(self._values.values())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()

    def _put(self, key: str, value: Value) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._limit:
            self._values.popitem(last=False)


class Allowances:
    """How many messages WeChat still allows to a user, and until when.

    An action of the user raises both to its allowance; allowances do not add up. Users without an
    action here have no limit.
    """

    def __init__(self, limit: int) -> None:
        self._lock = Lock()
        self._allowed: Store[tuple[int, float]] = Store(limit)

    def raise_to(self, openid: str, messages: int, seconds: float) -> None:
        """Raise the allowance to at least so many messages for so long."""
        now = time.time()
        with self._lock:
            left, until = self._allowed.get(openid) or (0, 0.0)
            if until <= now:
                left = 0
            self._allowed.put(openid, (max(left, messages), max(until, now + seconds)))

    def set(self, openid: str, messages: int, seconds: float) -> None:
        """Allow exactly so many messages for so long."""
        with self._lock:
            self._allowed.put(openid, (messages, time.time() + seconds))

    def use(self, openid: str) -> Literal["ok", "too late", "too many"]:
        """Use one message of the allowance, if any is left."""
        with self._lock:
            allowed = self._allowed.get(openid)
            if allowed is None:
                return "ok"
            left, until = allowed
            if until <= time.time():
                return "too late"
            if left == 0:
                return "too many"
            self._allowed.put(openid, (left - 1, until))
            return "ok"

    def clear(self) -> None:
        """Forget everything."""
        self._allowed.clear()


class Accepts:
    """How many accepted subscriptions of a template a user has left; unlimited until set."""

    def __init__(self, limit: int) -> None:
        self._lock = Lock()
        self._left: Store[int] = Store(limit)

    def set(self, openid: str, template_id: str, times: int) -> None:
        """Set how often the user accepted the template; 0 refuses it."""
        self._left.put(f"{openid} {template_id}", times)

    def use(self, openid: str, template_id: str) -> bool:
        """Use one accepted subscription; return False when none is left."""
        key = f"{openid} {template_id}"
        with self._lock:
            left = self._left.get(key)
            if left is None:
                return True
            if left == 0:
                return False
            self._left.put(key, left - 1)
            return True

    def clear(self) -> None:
        """Forget everything."""
        self._left.clear()


@dataclass
class Fault:
    """A fault of the next ``remaining`` calls of a target; ``action`` None means every action."""

    mode: Mode
    remaining: int
    seconds: float
    action: str | None


class Faults:
    """The pending faults, at most one per target."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: dict[str, Fault] = {}

    def set(self, target: str, fault: Fault) -> None:
        """Replace the fault of this target; mode ``ok`` removes it."""
        with self._lock:
            if fault.mode == "ok":
                self._faults.pop(target, None)
            else:
                self._faults[target] = fault

    def take(self, target: str, action: str) -> Fault | None:
        """Use up and return the fault of this call, or None."""
        with self._lock:
            fault = self._faults.get(target)
            if fault is None or fault.action not in (None, action):
                return None
            fault.remaining -= 1
            if fault.remaining <= 0:
                del self._faults[target]
            return fault

    def waiting(self) -> dict[str, dict[str, object]]:
        """Return the pending faults by target."""
        with self._lock:
            return {
                target: {
                    "mode": fault.mode,
                    "remaining": fault.remaining,
                    "seconds": fault.seconds,
                    "action": fault.action,
                }
                for target, fault in self._faults.items()
            }

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()


@dataclass
class FaceSession:
    """An open face check; ``result`` is its final verify_ret."""

    verify_id: str
    out_seq_no: str
    openid: str
    name: str
    id_number: str
    certificate_hash: str
    result: int | None = None


@dataclass
class Memory:
    """The whole state of the sandbox."""

    limit: int = 100_000
    sms: KeyedLog[Sms] = field(init=False)
    chat: KeyedLog[ChatMessage] = field(init=False)
    calls: KeyedLog[Call] = field(init=False)
    faults: Faults = field(default_factory=Faults)
    # Used codes of wx.login and getPhoneNumber, with the time of use.
    used_codes: Store[float] = field(init=False)
    # By verify_id, and the used out_seq_no.
    face_sessions: Store[FaceSession] = field(init=False)
    sequence_numbers: Store[str] = field(init=False)
    # openid → verify_ret of the user's next face check.
    next_faces: Store[int] = field(init=False)
    # Messages of chat users, what they may be sent, and to whom the service is typing.
    written: KeyedLog[Written] = field(init=False)
    allowances: Allowances = field(init=False)
    accepts: Accepts = field(init=False)
    typing: Store[float] = field(init=False)
    # Number of a URL Link → page with query, and when the link ends.
    links: Store[tuple[str, float]] = field(init=False)
    ctid_serials: Store[str] = field(init=False)
    """Of CTID checks: the token that used it up, or an empty text."""
    hook_events: KeyedLog[HookEvent] = field(init=False)
    # Phone or its first digits → what becomes of its messages; serial → a report to pass on.
    phones: Store[dict[str, str]] = field(init=False)
    reports: Store[Report] = field(init=False)
    # The ids of the matters that the page created.
    matters: KeyedLog[str] = field(init=False)
    # What the vendors hold for our account, where it is not in order; see ``products/account.py``.
    account: Store[Any] = field(init=False)
    # The key of the registration system, kept by ``clear``.
    system: Store[str] = field(init=False)

    def __post_init__(self) -> None:
        self.sms = KeyedLog(self.limit)
        self.phones = Store(self.limit)
        self.reports = Store(self.limit)
        self.chat = KeyedLog(self.limit)
        self.calls = KeyedLog(self.limit)
        self.used_codes = Store(self.limit)
        self.face_sessions = Store(self.limit)
        self.sequence_numbers = Store(self.limit)
        self.next_faces = Store(self.limit)
        self.written = KeyedLog(self.limit)
        self.allowances = Allowances(self.limit)
        self.accepts = Accepts(self.limit)
        self.typing = Store(self.limit)
        self.links = Store(self.limit)
        self.ctid_serials = Store(self.limit)
        self.hook_events = KeyedLog(self.limit)
        self.matters = KeyedLog(self.limit)
        self.account = Store(100)
        self.system = Store(2)
        self._numbers = count(1)

    def record_call(
        self, target: str, action: str, path: str, request: str, fault: Mode | None
    ) -> None:
        """Record a received call."""
        call = Call(next(self._numbers), target, action, path, request, fault, time.time())
        self.calls.append(action, call)

    def clear(self) -> None:
        """Clear everything but the access token, which the service may have cached, and the key."""
        self.sms.clear()
        self.phones.clear()
        self.reports.clear()
        self.chat.clear()
        self.calls.clear()
        self.faults.clear()
        self.used_codes.clear()
        self.face_sessions.clear()
        self.sequence_numbers.clear()
        self.next_faces.clear()
        self.written.clear()
        self.allowances.clear()
        self.accepts.clear()
        self.typing.clear()
        self.links.clear()
        self.ctid_serials.clear()
        self.hook_events.clear()
        self.matters.clear()
        self.account.clear()
