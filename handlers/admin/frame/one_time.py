"""Forms that act once: a form sent twice redirects twice to the same address.

{{ form_start(csrf) }}{{ once_field() }}…</form>

def file_ticket(visit: Visit) -> ResponseReturnValue:
    return once(visit, lambda: url_for(".show_ticket", ticket_id=rule(…)))
"""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping

from flask import redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from handlers import envelope
from handlers.admin.frame.access import CSRF_FIELD, Visit
from miniprogram_api.access import idempotency
from miniprogram_api.access.idempotency import Begun, Replay
from miniprogram_api.operations import maintenance
from miniprogram_api.reasons import Reason, Refused

FIELD = "once"
# The second of two clicks waits for the result of the first.
WAITED_SECONDS, STEP_SECONDS = 12.0, 0.2


def once_field() -> Markup:
    """Return the hidden input that identifies a form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(
        FIELD, secrets.token_urlsafe(16)
    )


def once(
    visit: Visit, act: Callable[[], str], sent: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """Run ``act`` and redirect to the address that it returns; for a repeated form only redirect.

    ``sent``: the text parts of a form with files.

    A refusal is not kept, so the form can be sent again. Raises what ``act`` raises, and Refused
    IDEMPOTENCY_CONFLICT or IDEMPOTENCY_IN_PROGRESS.
    """
    pairs = [*request.form.items(multi=True)] if sent is None else [*sent.items()]
    key = dict(pairs).get(FIELD, "")
    if not key:
        return redirect(act())
    begun = _begin(visit, key, pairs)
    if isinstance(begun, Replay):
        return redirect(begun.body)
    try:
        target = act()
        idempotency.finish(begun, 302, target, None)
    except BaseException:
        idempotency.abandon(begun)
        raise
    return redirect(target)


def _begin(visit: Visit, key: str, pairs: Iterable[tuple[str, str]]) -> Begun | Replay:
    fields = sorted((name, value) for name, value in pairs if name not in (FIELD, CSRF_FIELD))
    digests = idempotency.body_digests(envelope.dumps(fields).encode())
    call_hash = idempotency.key_hash(request.method, request.path, visit.token, key)
    deadline = time.monotonic() + WAITED_SECONDS
    while True:
        try:
            return idempotency.begin(call_hash, digests, visit.services.settings.longest_call)
        except Refused as refused:
            is_running = refused.reason is Reason.IDEMPOTENCY_IN_PROGRESS
            if not is_running or time.monotonic() > deadline:
                raise
        maintenance.release()
        time.sleep(STEP_SECONDS)
