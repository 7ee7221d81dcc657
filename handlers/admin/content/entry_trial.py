"""Trial: a chat beside the editor that asks the draft as one of the example people."""

from flask import url_for
from flask.typing import ResponseReturnValue

from faq.conversation import trial
from faq.conversation.example_people import PEOPLE as PEOPLE
from faq.editing import drafts
from faq.editing.tasks import Task
from handlers.admin.content.blueprint import pages
from handlers.admin.content.progress import watched
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import invalid


@pages.act("/entries/<slug>/try", may=Permission.READ_CONTENT, writes=Permission.READ_CONTENT)
def try_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Answer one turn of the trial, or show the progress of learning the draft."""
    form = Form()
    question = form["question"].strip()
    if not question:
        raise invalid("pages.question.required")
    drafts.entry(slug)
    asked = trial.ask(
        visit.services,
        slug,
        question,
        form["person"],
        actor=visit.member.actor,
        memory=form["memory"],
        is_again="waiting" in form,
    )
    if isinstance(asked, Task):
        url = url_for(".try_entry", slug=slug)
        return render(
            visit, "content/entry_trial_wait.html", watched=watched(asked, url), form=form
        )
    return render(visit, "content/entry_trial.html", found=asked, slug=slug)
