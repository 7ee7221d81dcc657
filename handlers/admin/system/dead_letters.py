"""What could not be sent or done: messages, events, background jobs; try again or drop."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import cut, render, told
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
    form = Form(beside=())
    if not form.is_sent:
        return _page(visit, form)
    chosen = form.all("key")[:SHOWN]
    act, actor = form["act"], visit.member.actor
    if act not in ("send", "drop"):
        raise Refused(Reason.NOT_FOUND)
    if not chosen:
        form.tell(text("dead_letters.choose_first"))
        return _page(visit, form)
    handled = 0
    for key in chosen:
        with form:
            if act == "send":
                dead_letters.send_again(key, actor=actor)
            else:
                dead_letters.drop(key, actor=actor, reason=form["reason"])
            handled += 1
        # A colleague already handled a message that is not found; go on with the others.
        if form.reason not in (None, Reason.NOT_FOUND):
            return _page(visit, form)
    done = told(handled > 0, "resent" if act == "send" else "dropped")
    return redirect(url_for(".list_dead_letters", done=done))


def _page(visit: Visit, form: Form) -> ResponseReturnValue:
    listed = dead_letters.page(limit=SHOWN + 1, before=request.args.get("before", ""))
    letters, last = cut(listed, SHOWN)
    return render(
        visit,
        "system/dead_letters.html",
        form=form,
        letters=[(one, masking.free_text(one.letter.text)) for one in letters],
        figures=backlog.by_channel(),
        channels=words("dead_letters.channels"),
        recipients=words("dead_letters.recipients"),
        older=last and last.place,
        chosen=set(form.all("key")),
        longest=dead_letters.LONGEST_REASON,
    )
