"""What the sandbox remembers: messages, calls, faults, codes. In memory, bounded, thread-safe."""

import time
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count, islice
from threading import Lock
from typing import Generic, Literal, NamedTuple, TypeVar

SHANGHAI = timezone(timedelta(hours=8))

Mode = Literal["ok", "slow", "error", "busy", "reset", "limit"]

Entry = TypeVar("Entry")
Value = TypeVar("Value")


def instant(seconds: float) -> str:
    """ISO 8601 with the offset of Shanghai, to the millisecond, of seconds since the epoch."""
    return datetime.fromtimestamp(seconds, SHANGHAI).isoformat(timespec="milliseconds")


class Sms(NamedTuple):
    """One short message as it lies in a phone's inbox; ``phone`` has 11 digits."""

    phone: str
    text: str
    code: str | None
    at: float


class ChatMessage(NamedTuple):
    """One message sent into a WeChat chat; ``body`` is the JSON text of the request."""

    openid: str
    kind: str
    body: str
    at: float


class Written(NamedTuple):
    """One message or event of a WeChat user's own; ``fields`` is the JSON text of the push."""

    openid: str
    fields: str
    answer: str
    """What the service answered: ``success``, a MsgType, or why there is none."""
    at: float


class HookEvent(NamedTuple):
    """One event that a registration system was told; ``body`` as it came, ``headers`` of it."""

    headers: dict[str, str]
    body: str
    at: float


class Call(NamedTuple):
    """One call that a vendor's part received; ``request`` is JSON text without secrets."""

    number: int
    target: str
    action: str
    path: str
    request: str
    fault: Mode | None
    at: float


class KeyedLog(Generic[Entry]):
    """The newest ``limit`` entries in order, readable as a whole or by key."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._all: deque[tuple[str, Entry]] = deque()
        self._by_key: defaultdict[str, deque[Entry]] = defaultdict(deque)

    def append(self, key: str, entry: Entry) -> None:
        """Add an entry; the oldest one goes when there are too many."""
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
        """The last ``number`` entries (None: all; of one key), newest first."""
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
    """Values by key, the oldest forgotten when there are more than ``limit``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._values: OrderedDict[str, Value] = OrderedDict()

    def add(self, key: str, value: Value) -> bool:
        """Keep the value if the key is new; False (and nothing kept) when it is not."""
        with self._lock:
            if key in self._values:
                return False
            self._put(key, value)
            return True

    def put(self, key: str, value: Value) -> None:
        """Keep the value, in the place of one that was there."""
        with self._lock:
            self._put(key, value)

    def get(self, key: str) -> Value | None:
        """The value of this key, or None."""
        with self._lock:
            return self._values.get(key)

    def take(self, key: str) -> Value | None:
        """The value of this key, which is forgotten, or None."""
        with self._lock:
            return self._values.pop(key, None)

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
    """How many messages WeChat still lets through to a user, and until when.

    What the user does raises both to what that allows; it never adds up. Nothing is held back from
    users who did nothing here: whoever pushes for them himself knows what he tests.
    """

    def __init__(self, limit: int) -> None:
        self._lock = Lock()
        self._allowed: Store[tuple[int, float]] = Store(limit)

    def raise_to(self, openid: str, messages: int, seconds: float) -> None:
        """The user did something that allows so many messages for so long."""
        now = time.time()
        with self._lock:
            left, until = self._allowed.get(openid) or (0, 0.0)
            if until <= now:
                left = 0
            self._allowed.put(openid, (max(left, messages), max(until, now + seconds)))

    def set(self, openid: str, messages: int, seconds: float) -> None:
        """Let exactly so many messages through for so long."""
        with self._lock:
            self._allowed.put(openid, (messages, time.time() + seconds))

    def use(self, openid: str) -> Literal["ok", "too late", "too many"]:
        """Take one message's place, if there is one."""
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
        """Know nobody."""
        self._allowed.clear()


class Accepts:
    """How often a user accepted a subscription template and was not sent it yet.

    Where nobody said anything, every message goes through.
    """

    def __init__(self, limit: int) -> None:
        self._lock = Lock()
        self._left: Store[int] = Store(limit)

    def set(self, openid: str, template_id: str, times: int) -> None:
        """The user has accepted the template so often; 0: he refused it."""
        self._left.put(f"{openid} {template_id}", times)

    def use(self, openid: str, template_id: str) -> bool:
        """Use one accept up; False when there is none."""
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
        """Know of no accept."""
        self._left.clear()


@dataclass
class Fault:
    """How the next ``remaining`` calls of a target go wrong; ``action`` None means every action."""

    mode: Mode
    remaining: int
    seconds: float
    action: str | None


class Faults:
    """The faults that wait for their calls; one at a time for each target."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: dict[str, Fault] = {}

    def set(self, target: str, fault: Fault) -> None:
        """Replace what was set for this target; mode ``ok`` means that nothing goes wrong."""
        with self._lock:
            if fault.mode == "ok":
                self._faults.pop(target, None)
            else:
                self._faults[target] = fault

    def take(self, target: str, action: str) -> Fault | None:
        """The fault that this call meets, or None. Each call uses up one."""
        with self._lock:
            fault = self._faults.get(target)
            if fault is None or fault.action not in (None, action):
                return None
            fault.remaining -= 1
            if fault.remaining <= 0:
                del self._faults[target]
            return fault

    def waiting(self) -> dict[str, dict[str, object]]:
        """What is set and not yet used up, by target."""
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
        """Nothing goes wrong any more."""
        with self._lock:
            self._faults.clear()


@dataclass
class FaceSession:
    """A face check that WeChat opened; ``result`` is its verify_ret once it is known."""

    verify_id: str
    out_seq_no: str
    openid: str
    name: str
    id_number: str
    certificate_hash: str
    result: int | None = None


@dataclass
class Memory:
    """Everything that the sandbox keeps."""

    limit: int = 100_000
    sms: KeyedLog[Sms] = field(init=False)
    chat: KeyedLog[ChatMessage] = field(init=False)
    calls: KeyedLog[Call] = field(init=False)
    faults: Faults = field(default_factory=Faults)
    # Codes of wx.login and getPhoneNumber that were used, with the moment of their use.
    used_codes: Store[float] = field(init=False)
    # By verify_id; by out_seq_no only to know that it was used.
    face_sessions: Store[FaceSession] = field(init=False)
    sequence_numbers: Store[str] = field(init=False)
    # openid → the verify_ret that the next face check of this user ends with.
    next_faces: Store[int] = field(init=False)
    # What the users of the chat wrote here, what they may be sent, and to whom somebody types.
    written: KeyedLog[Written] = field(init=False)
    allowances: Allowances = field(init=False)
    accepts: Accepts = field(init=False)
    typing: Store[float] = field(init=False)
    hook_events: KeyedLog[HookEvent] = field(init=False)

    def __post_init__(self) -> None:
        self.sms = KeyedLog(self.limit)
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
        self.hook_events = KeyedLog(self.limit)
        self._numbers = count(1)

    def record_call(
        self, target: str, action: str, path: str, request: str, fault: Mode | None
    ) -> None:
        """Note a call that was received."""
        call = Call(next(self._numbers), target, action, path, request, fault, time.time())
        self.calls.append(action, call)

    def clear(self) -> None:
        """Forget everything but the access token, which the service may still hold."""
        self.sms.clear()
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
        self.hook_events.clear()
