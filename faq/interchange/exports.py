"""Content and question sets as files, to be looked at, changed and imported again."""

from faq.content import images
from faq.content.entries import Content
from faq.editing import drafts, question_sets
from faq.interchange import entry_table, question_table, question_yaml, yaml_form
from faq.release import publishing
from faq.release.parts import ENTRY, split
from miniprogram_api.texts import invalid

# So many questions are read in one statement.
_PAGE = 1_000


def content_file(content: Content, form: str, encoding: str = "utf-8") -> bytes:
    """The content in the form `yaml` (all of it, with its pictures), `csv` or `xlsx` (its entries,
    which name their pictures).

    `encoding`: of CSV. Raises Refused: INVALID_INPUT for another form or encoding.
    """
    if form in ("yaml", "yml"):
        names = {image.image for entry in content.entries for image in entry.images}
        return yaml_form.dump(content, images.contents(names)).encode()
    entries = [value for key, value in split(content).items() if key.kind == ENTRY]
    if form == "csv":
        return entry_table.dump_csv(entries, encoding)
    if form == "xlsx":
        return entry_table.dump_xlsx(entries)
    raise _unknown(form)


def question_file(set_id: int, form: str, encoding: str = "utf-8") -> bytes:
    """A question set as `csv`, `xlsx` or `yaml`.

    Raises Refused: NOT_FOUND; INVALID_INPUT for another form or encoding.
    """
    rows, after = [], 0
    while page := question_sets.questions(set_id, after=after, limit=_PAGE):
        rows += [row.labelled for row in page]
        after = page[-1].id
    if form in ("yaml", "yml"):
        return question_yaml.dump(rows)
    if form == "csv":
        return question_table.dump_csv(rows, case_numbers(), encoding)
    if form == "xlsx":
        return question_table.dump_xlsx(rows, case_numbers())
    raise _unknown(form)


def case_numbers() -> dict[str, int]:
    """Slug → number of every case in force or in the draft."""
    numbers = question_table.cases_of(publishing.current().content)
    for part in drafts.parts():
        case = part.content.get("case") if part.key.kind == ENTRY else None
        if isinstance(case, int):
            numbers[part.key.name] = case
    return numbers


def _unknown(form: str) -> Exception:
    return invalid("exports.file.not_allowed", form=form[:10])
