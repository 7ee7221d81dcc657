"""Export content and question sets as files."""

from faq.content import images
from faq.content.entries import Content
from faq.editing import drafts, question_sets
from faq.interchange import entry_table, question_table, question_yaml, yaml_form
from faq.release import publishing
from faq.release.parts import ENTRY, split

_PAGE = 1_000


def content_file(content: Content, form: str, encoding: str = "utf-8") -> bytes:
    """Return content as `yaml` (with its pictures), or its entries as `csv` or `xlsx`.

    Raises Refused: INVALID_INPUT for another form, or encoding of CSV.
    """
    if form in ("yaml", "yml"):
        names = {image.image for entry in content.entries for image in entry.images}
        return yaml_form.dump(content, images.contents(names)).encode()
    entries = [value for key, value in split(content).items() if key.kind == ENTRY]
    return entry_table.dump(entries, form, encoding)


def question_file(set_id: int, form: str, encoding: str = "utf-8") -> bytes:
    """Return a question set as `csv`, `xlsx`, `yaml`. Raises Refused: NOT_FOUND, INVALID_INPUT."""
    rows, after = [], 0
    while page := question_sets.questions(set_id, after=after, limit=_PAGE):
        rows += [row.labelled for row in page]
        after = page[-1].id
    if form in ("yaml", "yml"):
        return question_yaml.dump(rows)
    return question_table.dump(rows, case_numbers(), form, encoding)


def case_numbers() -> dict[str, int]:
    """Map the slug of every case in the release or the draft to its number."""
    numbers = question_table.cases_of(publishing.current().content)
    for part in drafts.parts():
        case = part.content.get("case") if part.key.kind == ENTRY else None
        if isinstance(case, int):
            numbers[part.key.name] = case
    return numbers
