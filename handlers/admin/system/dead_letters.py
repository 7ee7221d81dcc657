"""What could not be sent or done: messages, events, background jobs; try again or drop."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import cut, message_of, render, told
from handlers.admin.system.blueprint import pages
from miniprogram_api import masking
from miniprogram_api.delivery import backlog, dead_letters
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import text, words

SHOWN = 50


@pages.form("/dead-letters", may=Permission.READ_OPERATIONS, writes=Permission.WRITE_OPERATIONS)
def list_dead_letters(visit: Visit) -> ResponseReturnValue:
    """List the newest first; by POST resend the chosen ones, or drop them for a reason."""
    if request.method != "POST":
        return _page(visit)
    chosen = request.form.getlist("key")[:SHOWN]
    act, actor = request.form.get("act", ""), visit.member.actor
    if act not in ("send", "drop"):
        raise Refused(Reason.NOT_FOUND)
    if not chosen:
        return _page(visit, text("dead_letters.choose_first"))
    handled = 0
    for key in chosen:
        try:
            if act == "send":
                dead_letters.send_again(key, actor=actor)
            else:
                dead_letters.drop(key, actor=actor, reason=request.form.get("reason", ""))
            handled += 1
        except Refused as refused:
            # A colleague already handled this one; go on with the others.
            if refused.reason is not Reason.NOT_FOUND:
                return _page(visit, message_of(refused))
    done = told(handled > 0, "resent" if act == "send" else "dropped")
    return redirect(url_for(".list_dead_letters", done=done))


def _page(visit: Visit, message: str = "") -> ResponseReturnValue:
    found = dead_letters.page(limit=SHOWN + 1, before=request.args.get("before", ""))
    letters, last = cut(found, SHOWN)
    return render(
        visit,
        "system/dead_letters.html",
        message=message,
        letters=[(one, masking.free_text(one.letter.text)) for one in letters],
        figures=backlog.by_channel(),
        channels=words("dead_letters.channels"),
        recipients=words("dead_letters.recipients"),
        older=last and last.place,
        chosen=set(request.form.getlist("key")),
        reason=request.form.get("reason", ""),
        longest=dead_letters.LONGEST_REASON,
    )
