"""The form of an entry: preview, autosave, pictures, pasted text, and edit conflicts."""

from typing import Any

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.content import images
from faq.content.entries import IMAGES, MOST_IMAGES
from faq.content.validation import ACTION_TYPES, LABELS
from faq.content.values import LONGEST_ENTRY, LONGEST_LINE
from faq.editing import draft_listing, draft_points, drafts, merging
from faq.editing.drafts import Draft
from faq.language import html_import
from faq.release import facts, publishing
from faq.release.contradictions import contradictions
from faq.release.parts import ENTRY, Key
from handlers.admin.content.blueprint import pages
from handlers.admin.content.entries import require_known
from handlers.admin.content.entry_trial import PEOPLE
from handlers.admin.content.forms import autosave, catalogue, conflicts, states
from handlers.admin.content.forms import entries as entry_form
from handlers.admin.content.forms.conflicts import revision
from handlers.admin.content.publishing.one_entry import state_of
from handlers.admin.frame.access import FORM_LIMIT, Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.api.uploads import Image
from miniprogram_api import texts
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission

# A picture and the form. Above the limit of a picture, so that a larger one is refused
# beside its field and the text is kept.
_WITH_PICTURE = 8 * images.MOST_BYTES + FORM_LIMIT


@pages.form("/entries/<slug>", may=Permission.READ_CONTENT, writes=Permission.WRITE_CONTENT)
def edit_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Edit an entry; in a conflict, offer both texts to choose from."""
    part = drafts.entry(slug)
    if request.method == "GET":
        return _form(visit, part, part.content)
    content = entry_form.content_of(part.content, request.form)
    return _saved(visit, part, content, mine=content)


@pages.act("/entries/<slug>/autosave", may=Permission.WRITE_CONTENT)
def autosave_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Save the text while it is typed; answer with the revision, or 409 in a conflict."""
    part = drafts.entry(slug)
    content = entry_form.content_of(part.content, request.form)
    return autosave.answer(lambda: _save(visit, part, content, is_typing=True))


@pages.act("/entries/<slug>/preview", may=Permission.WRITE_CONTENT)
def preview_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Preview the typed text without saving it."""
    part = drafts.entry(slug)
    content = entry_form.content_of(part.content, request.form)
    return render(
        visit,
        "content/entry_preview.html",
        part=part,
        preview=entry_form.preview_of(content),
        contradictions=contradictions(
            {part.key: content}, visit.services.settings, publishing.current().parts
        ),
    )


@pages.act("/entries/<slug>/pictures", may=Permission.WRITE_CONTENT, largest=_WITH_PICTURE)
def add_picture(visit: Visit, slug: str) -> ResponseReturnValue:
    """Save the form with one more picture; a refused picture does not stop the text."""
    part = drafts.entry(slug)
    content = entry_form.content_of(part.content, request.form)
    text = html_import.line(request.form.get("picture_text", ""))
    sent = request.files.get("picture")
    form = Form()
    if not text:
        form.tell(texts.text("content.asked.picture_text"), "picture_text")
    else:
        with form:
            name = images.add(b"" if sent is None else sent.read(), editor=visit.member.actor)
            content["images"] = [*content["images"], {"image": name, "text": text}]
    return _saved(visit, part, content, mine=content, errors=form.errors, anchor="pictures")


@pages.act("/entries/<slug>/picture", may=Permission.WRITE_CONTENT, image=True)
def upload_picture(visit: Visit, slug: str, image: Image | None) -> ResponseReturnValue:
    """Store a picture for the form, which keeps its name; nothing else is saved."""
    drafts.entry(slug)
    form = Form()
    with form:
        name = images.add(b"" if image is None else image.content, editor=visit.member.actor)
        return jsonify(image=name, address=f"{IMAGES}{name}")
    return jsonify(error=form.errors.get("picture", form.message)), form.status


@pages.page("/entry-facts", may=Permission.READ_CONTENT)
def list_facts(visit: Visit) -> ResponseReturnValue:
    """List what the tables know, to be inserted into an entry."""
    return render(
        visit,
        "content/entry_facts.html",
        groups=facts.groups(visit.services.settings),
        placeholders=texts.words("states.placeholders").values(),
    )


@pages.act("/entries/<slug>/merge", may=Permission.WRITE_CONTENT)
def merge_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Save the choice between two texts, field by field."""
    part = drafts.entry(slug)
    mine = entry_form.content_of(part.content, request.form)
    chosen = merging.merged(part.key, mine, part.content, conflicts.picks())
    return _saved(visit, part, chosen, mine=mine)


@pages.act("/entries/<slug>/state", may=Permission.WRITE_CONTENT)
def change_entry_state(visit: Visit, slug: str) -> ResponseReturnValue:
    """Retire, restore, hold back or release an entry, or discard its changes."""
    based_on, editor = revision(), visit.member.actor
    act = request.form.get("act", "")
    require_known(act, "retire", "restore", "hold", "release", "discard")
    if act == "retire":
        drafts.retire(slug, based_on=based_on, editor=editor)
    elif act == "restore":
        drafts.restore(slug, based_on=based_on, editor=editor)
    elif act == "discard":
        drafts.discard(Key(ENTRY, slug), based_on=based_on, editor=editor)
    else:
        drafts.hold(slug, act == "hold", based_on=based_on, editor=editor)
    return redirect(url_for(".edit_entry", slug=slug, done="saved"))


@pages.act("/pasted-text", may=Permission.WRITE_CONTENT)
def clean_pasted(_visit: Visit) -> ResponseReturnValue:
    """Strip pasted text of the markup that word processors add."""
    html, text = request.form.get("html", ""), request.form.get("text", "")
    is_table = html_import.is_table(html, text)
    if html:
        text_parts = html_import.from_html(html)
    else:
        text_parts = html_import.from_rows(text) if is_table else html_import.text(text)
    text_parts = text_parts or html_import.text(text)
    return jsonify(text=text_parts, items=html_import.items(text_parts), is_table=is_table)


def _save(visit: Visit, part: Draft, content: Any, *, is_typing: bool = False) -> Draft:
    return drafts.save(
        part.key, content, based_on=revision(), editor=visit.member.actor, autosave=is_typing
    )


def _saved(
    visit: Visit,
    part: Draft,
    content: Any,
    *,
    mine: Any,
    errors: dict[str, str] | None = None,
    anchor: str | None = None,
) -> ResponseReturnValue:
    """Save the entry and show it again; in a conflict, show `mine` beside the other text.

    `errors`, and a related entry that does not exist, are shown; the rest is saved.
    """
    try:
        saved = _save(visit, part, content)
    except Refused as refused:
        if refused.reason is not Reason.DRAFT_CONFLICT:
            raise
        return _conflict(visit, part.key, mine, refused)
    errors = dict(errors or {})
    if not_found := entry_form.not_found(request.form):
        errors["related_add"] = not_found
    if errors:
        return _form(visit, saved, saved.content, errors=errors)
    if request.form.get("next") == "publication":
        return redirect(url_for(".publish_entry", slug=part.key.name))
    return redirect(url_for(".edit_entry", slug=part.key.name, done="saved", _anchor=anchor))


def _form(
    visit: Visit, part: Draft, content: Any, *, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    return render(
        visit,
        "content/entry_form.html",
        422 if errors else 200,
        part=part,
        fields=entry_form.fields_of(content),
        preview=entry_form.preview_of(content),
        contradictions=contradictions(
            {part.key: content}, visit.services.settings, publishing.current().parts
        ),
        errors=errors or {},
        labels=LABELS,
        longest_line=LONGEST_LINE,
        longest_entry=LONGEST_ENTRY,
        most_bytes=images.MOST_BYTES,
        most_images=MOST_IMAGES,
        action_types=ACTION_TYPES,
        targets=entry_form.known_targets(),
        explainable=states.explainable(),
        catalogue=catalogue.titles(drafts.part(Key("catalogue")).content),
        points=draft_points.read(part),
        categories=draft_listing.categories(),
        people=PEOPLE,
        problems=autosave.problems(part),
        states=autosave.STATES,
        written_by=autosave.written_by(part),
        writable=visit.member.may(Permission.WRITE_CONTENT),
        **state_of(visit, part),
    )


def _conflict(visit: Visit, key: Key, mine: Any, refused: Refused) -> ResponseReturnValue:
    """Show both texts, field by field, and keep the typed ones in the form."""
    # A picture of this form is already stored.
    known = request.form.getlist("image")
    added = [image for image in mine.get("images", ()) if image["image"] not in known]
    return conflicts.page(
        visit,
        key,
        mine,
        refused,
        also=[pair for i in added for pair in (("image", i["image"]), ("image_text", i["text"]))],
        merge=url_for(".merge_entry", slug=key.name),
        back=url_for(".edit_entry", slug=key.name),
    )
