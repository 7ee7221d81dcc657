"""Try it: a chat beside the editor that asks the draft as one of some example people."""

from flask import request
from flask.typing import ResponseReturnValue

from faq import drafts, trial
from faq.example_people import PEOPLE as PEOPLE
from faq.trial import Waiting
from handlers.admin.frame.access import Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.rendering import render
from miniprogram_api.reasons import invalid_field
from miniprogram_api.staff import Permission

CHANNELS = {"characters": "字面", "syllables": "读音", "encoder": "语义"}


@page(
    blueprint,
    "/entries/<slug>/try",
    methods=("POST",),
    may=Permission.READ_CONTENT,
    # Nothing is kept of it, so whoever may read the draft may ask it.
    writes=Permission.READ_CONTENT,
)
def try_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """One turn of the trial; while the draft is being learnt, how far that is."""
    form = request.form
    question = form.get("question", "").strip()
    if not question:
        raise invalid_field("question", "required", "请填写一个问题。")
    drafts.entry(slug)
    found = trial.ask(
        visit.services,
        slug,
        question,
        form.get("person", ""),
        memory=form.get("memory", ""),
        is_again="waiting" in form,
    )
    is_waiting = isinstance(found, Waiting)
    return render(
        visit,
        "content/entry_trial_wait.html" if is_waiting else "content/entry_trial.html",
        found=found,
        question=question,
        slug=slug,
        form=form,
        channels=CHANNELS,
    )
