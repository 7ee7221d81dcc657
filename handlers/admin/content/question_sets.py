"""Question sets: questions with known answers, and how well the bot answers them."""

from collections.abc import Mapping
from typing import Any, cast

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.editing import background, draft_listing, question_sets, set_evaluation, tasks
from faq.editing.question_sets import Labelled, QuestionSet
from faq.interchange import exports
from faq.interchange.parsed import LARGEST_FILE
from handlers.admin.content.answers import namer
from handlers.admin.content.blueprint import pages
from handlers.admin.content.progress import watched
from handlers.admin.content.transfer import FORMS, download, taken
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form, message_of
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import cut, render, told
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import text, words

SHOWN = 50
# Limit of the suggestions; other slugs can be typed.
MOST_OFFERED = 300
NOT_OURS = text("content.answers.out_of_scope")
CONTENTS = words("pages.question_sets.contents")


@pages.form("/question-sets", may=Permission.READ_CONTENT, writes=Permission.WRITE_CONTENT)
def list_question_sets(visit: Visit) -> ResponseReturnValue:
    """List all sets; by POST create one."""
    form = Form()
    if form.is_sent:
        with form:
            made = question_sets.create(form["name"], editor=visit.member.actor)
            return redirect(url_for(".show_question_set", set_id=made.id, done="saved"))
    sets = question_sets.sets()
    return render(visit, "content/question_sets.html", form=form, sets=sets)


@pages.page("/question-sets/<int:set_id>", may=Permission.READ_CONTENT)
def show_question_set(visit: Visit, set_id: int) -> ResponseReturnValue:
    """Show a page of the questions of a set."""
    return _set_page(visit, question_sets.get(set_id), Form())


@pages.act("/question-sets/<int:set_id>/questions", may=Permission.WRITE_CONTENT)
def add_question(visit: Visit, set_id: int) -> ResponseReturnValue:
    """Add a question, or change the answers of one that exists."""
    question_set = question_sets.get(set_id)
    # The refusal names a row of a file; here is only one.
    form = Form(beside=())
    with form:
        question_sets.put(set_id, [_labelled(form)], editor=visit.member.actor)
        return redirect(url_for(".show_question_set", set_id=set_id, done="saved"))
    return _set_page(visit, question_set, form)


@pages.form("/question-sets/<int:set_id>/questions/<int:row_id>", may=Permission.WRITE_CONTENT)
def edit_question(visit: Visit, set_id: int, row_id: int) -> ResponseReturnValue:
    """Change a question and its answers, or remove it."""
    row = question_sets.row(set_id, row_id)
    form = Form(_fields(row.labelled))
    if form.is_sent:
        with form:
            if form["act"] == "remove":
                question_sets.remove(set_id, [row.labelled.question], editor=visit.member.actor)
            else:
                question_sets.change(set_id, row_id, _labelled(form), editor=visit.member.actor)
            changed = "act" in form or _labelled(form) != row.labelled
            done = told(changed)
            return redirect(url_for(".show_question_set", set_id=set_id, done=done))
    return render(
        visit,
        "content/question.html",
        set=question_sets.get(set_id),
        form=form,
        offered=_offered(),
    )


@pages.act("/question-sets/<int:set_id>/archive", may=Permission.WRITE_CONTENT)
def archive_question_set(visit: Visit, set_id: int) -> ResponseReturnValue:
    """Archive a set, or take it back."""
    archived = request.form.get("act") == "archive"
    changed = question_sets.archive(set_id, archived, editor=visit.member.actor)
    return redirect(url_for(".show_question_set", set_id=set_id, done=told(changed)))


@pages.act(
    "/question-sets/<int:set_id>/file",
    may=Permission.WRITE_CONTENT,
    largest=LARGEST_FILE + 1024 * 1024,
)
def send_question_file(visit: Visit, set_id: int) -> ResponseReturnValue:
    """Upload a file of questions; its preview comes before the import."""
    question_set = question_sets.get(set_id)
    form = Form(beside=())
    with form:
        return redirect(url_for(".preview_import", upload_id=taken(visit, set_id)))
    return _set_page(visit, question_set, form)


@pages.page("/question-sets/<int:set_id>/questions.<form>", may=Permission.READ_CONTENT)
def export_question_set(_visit: Visit, set_id: int, form: str) -> ResponseReturnValue:
    """Download a set; CSV also in GB 18030."""
    if form not in FORMS:
        raise Refused(Reason.NOT_FOUND)
    data = exports.question_file(set_id, form, request.args.get("encoding", "utf-8"))
    return download(data, f"questions-{set_id}", form)


@pages.form(
    "/question-sets/<int:set_id>/evaluation",
    may=Permission.READ_CONTENT,
    writes=Permission.WRITE_CONTENT,
)
def evaluate_question_set(visit: Visit, set_id: int) -> ResponseReturnValue:
    """Evaluate the bot with a set; the worker asks, the page shows the progress."""
    asked_for = request.args.get("content", "published")
    if asked_for not in CONTENTS:
        raise Refused(Reason.NOT_FOUND)
    which = cast(set_evaluation.Which, asked_for)
    question_set = question_sets.get(set_id)
    task = tasks.begin(
        background.EVALUATION,
        set_evaluation.key(set_id, which),
        {"set_id": set_id, "content": which},
        actor=visit.member.actor,
        # By POST repeat it after a failure.
        anew=request.method == "POST",
    )
    url = url_for(".evaluate_question_set", set_id=set_id, content=which)
    if request.method == "POST":
        return redirect(url)
    is_part = "HX-Request" in request.headers
    return render(
        visit,
        "content/evaluation_part.html" if is_part else "content/evaluation.html",
        200,
        set=question_set,
        which=which,
        contents=CONTENTS,
        task=task,
        url=url,
        watched=watched(task, url),
        message=message_of(task.refusal) if task.refusal else "",
        result=task.outcome,
        named=namer({line["answer"]: line["title"] for line in task.outcome.get("lines", ())}),
        most_missed=set_evaluation.MOST_MISSED,
    )


def _set_page(visit: Visit, question_set: QuestionSet, form: Form) -> ResponseReturnValue:
    after = form_values.number(request.args.get("after", ""), 0)
    wanted = request.args.get("q", "").strip()[:80]
    rows = question_sets.questions(question_set.id, after=after, limit=SHOWN + 1, containing=wanted)
    shown, last = cut(rows, SHOWN)
    return render(
        visit,
        "content/question_set.html",
        set=question_set,
        form=form,
        rows=shown,
        last=last and last.id,
        wanted=wanted,
        named=namer(),
        names=actor_names({row.editor for row in shown}),
        offered=_offered(),
    )


def _labelled(form: Form) -> Labelled:
    """Read the question of the form; an answer is a slug, a title or the number of a case."""
    slugs = _slugs()
    given = [form["expected"], *form.words("also")]
    answers = dict.fromkeys(slugs.get(text, text) for text in map(str.strip, given) if text)
    return Labelled(
        " ".join(form["question"].split()),
        tuple(answers),
        form["note"].strip(),
    )


def _slugs() -> Mapping[str, str]:
    """Map titles and numbers of cases to slugs."""
    by_title = {title: slug for slug, title in draft_listing.titles().items()}
    by_number = {str(case): slug for slug, case in exports.case_numbers().items()}
    return {**by_title, **by_number, NOT_OURS: question_sets.OUT_OF_SCOPE}


def _fields(labelled: Labelled) -> dict[str, Any]:
    titles = {question_sets.OUT_OF_SCOPE: NOT_OURS, **draft_listing.titles()}
    first, *others = [titles.get(answer, answer) for answer in labelled.expected]
    also = "、".join(others)
    return {"question": labelled.question, "expected": first, "also": also, "note": labelled.note}


def _offered() -> list[str]:
    """List the answers that the form offers."""
    titles = list(draft_listing.titles().values())
    return [NOT_OURS, *titles[:MOST_OFFERED]]
