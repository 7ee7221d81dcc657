"""Preview and apply the changes that a file makes to the draft."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, get_args

from faq.content import images, seed
from faq.content.validation import LABELS, Fault
from faq.editing import draft_batches, draft_listing, drafts, question_sets
from faq.editing.differences import Difference, differences
from faq.editing.draft_batches import Change
from faq.editing.drafts import Draft
from faq.editing.question_sets import Labelled
from faq.interchange import (
    entry_table,
    exports,
    point_table,
    question_table,
    question_yaml,
    sheets,
    yaml_form,
)
from faq.interchange.parsed import (
    LARGEST_FILE,
    FilePart,
    Parsed,
    ParsedQuestions,
    Problem,
    bad_rows,
)
from faq.release.faults import cross_part_faults, faults, key_of
from faq.release.parts import ENTRY, Key, normal, part_digest, part_name, split
from miniprogram_api import audit
from miniprogram_api.tabular import FOR_PAGES, XlsxLimits
from miniprogram_api.texts import invalid, text
from models.storage.database import transaction

Act = Literal["new", "changed", "restored", "retired"]


@dataclass(frozen=True)
class Step:
    """A change to one part; `line` 0: the file lacks it; `based_on`: the draft's revision."""

    key: Key
    act: Act
    line: int
    value: Any
    based_on: int | None
    differences: tuple[Difference, ...]

    @property
    def name(self) -> str:
        """Return the name of the part for editors."""
        return part_name(self.key, self.value)


@dataclass(frozen=True)
class Preview:
    """The changes of an import, without the bad rows; `order` None: it stays."""

    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]
    unchanged: int
    order: tuple[str, ...] | None
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Return a hash that changes with the effect of the import."""
        steps = [
            (*step.key, step.act, step.based_on, part_digest(step.value)) for step in self.steps
        ]
        problems = [(problem.line, problem.message) for problem in self.problems]
        return sha256(repr((steps, problems, self.order)).encode()).hexdigest()

    @property
    def written(self) -> dict[Key, Any]:
        """Return the parts that the import writes."""
        return {step.key: step.value for step in self.steps if step.act != "retired"}

    def count(self, act: Act) -> int:
        """Return the number of steps of one kind."""
        return sum(step.act == act for step in self.steps)


def parse(data: bytes, name: str, limits: XlsxLimits = FOR_PAGES) -> Parsed:
    """Read a .yaml, .yml, .csv or .xlsx file of content. Raises Refused: INVALID_INPUT."""
    text = _yaml_text(data, name)
    if text is not None:
        return yaml_form.parse(text)
    sheet = sheets.read(data, entry_table.COLUMNS | point_table.COLUMNS, limits)
    is_of_points = point_table.POINT in sheet.fields
    return point_table.parse(sheet) if is_of_points else entry_table.parse(sheet)


def parse_questions(data: bytes, name: str) -> ParsedQuestions:
    """Read a question file; see `parse`."""
    text, answers = _yaml_text(data, name), question_sets.known_answers()
    if text is None:
        return question_table.parse(data, exports.case_numbers(), answers)
    return question_yaml.parse(text, answers)


def _yaml_text(data: bytes, name: str) -> str | None:
    """Return the text of a YAML file, None for a table. Raises Refused: INVALID_INPUT."""
    ending = name.lower().rpartition(".")[2]
    if ending in ("csv", "xlsx"):
        return None
    if ending not in ("yaml", "yml"):
        raise invalid("uploads.file.not_allowed")
    if len(data) > LARGEST_FILE:
        raise invalid("uploads.file.too_large")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid("uploads.file.encoding") from None


def shipped() -> Parsed:
    """Return the shipped content, without the parts that were edited here."""
    edited = {draft.key for draft in drafts.parts() if draft.editor != drafts.SHIPPED}
    parts = split(seed.load())
    return Parsed(
        parts=[FilePart(key, value, 1) for key, value in parts.items() if key not in edited],
        pictures=seed.pictures(),
    )


def preview(
    parsed: Parsed, *, replace: bool = False, locked: Collection[str] = frozenset()
) -> Preview:
    """Compare a file with the draft, without writing.

    `locked`: kinds of lists that must not change.
    `replace`: retire entries that the file lacks and take over its order; otherwise new entries are
    appended. Held parts of the draft stay when the file lacks them or equals the release. Bad rows
    are returned in `problems`.
    """
    drafted = {draft.key: draft for draft in drafts.parts()}
    in_force = drafts.ensure_draft().parts
    titles = draft_listing.titles() | _titles(parsed)
    steps: list[Step] = []
    problems = list(parsed.problems)
    unchanged = 0
    replace = replace and not parsed.has_points_alone
    for part in parsed.parts:
        draft = drafted.get(part.key)
        value = _merged(part, draft)
        if draft is not None and draft.held and value == in_force.get(part.key):
            unchanged += 1
            continue
        part_faults = faults(part.key, value)
        problems += [
            Problem(part.line, _label(part.key), fault.message, _field(fault))
            for fault in part_faults
        ]
        step = None if part_faults else _step(part, value, draft, titles)
        if step is not None and part.key.kind in locked:
            message = text("content.files.administered")
            problems.append(Problem(part.line, _label(part.key), message))
        if step is not None:
            steps.append(step)
        unchanged += not part_faults and step is None
    if replace:
        steps += _retired(drafted, {part.key for part in parsed.parts})
    problems += _picture_problems(parsed)
    lines = {part.key: part.line for part in parsed.parts}
    while True:
        fitting = _misfitting(drafted, steps, lines)
        problems += [problem for problem in fitting if problem not in problems]
        bad = {problem.name for problem in problems}
        good = [step for step in steps if _label(step.key) not in bad]
        if len(good) == len(steps):
            break
        steps = good
    order = _order(drafted, parsed) if replace else None
    return Preview(tuple(steps), tuple(problems), unchanged, order, parsed.pictures)


def carry_out(planned: Preview, *, editor: str, skip_bad: bool = False) -> None:
    """Write a preview into the draft in one transaction.

    `skip_bad`: skip bad rows instead of refusing. Raises Refused: INVALID_INPUT naming the bad
    rows; DRAFT_CONFLICT when a part changed since the preview.
    """
    if planned.problems and not skip_bad:
        raise bad_rows(planned.problems)
    changes = [
        Change(step.key, step.value, step.based_on, step.act == "retired") for step in planned.steps
    ]
    good = {
        name: picture
        for name, picture in planned.pictures.items()
        if images.matches_name(name, picture)
    }
    with transaction():
        images.add_existing(good.items())
        draft_batches.write(changes, editor=editor, act="imported")
        if planned.order is not None:
            draft_batches.arrange(planned.order, editor=editor)
        counts = {act: planned.count(act) for act in get_args(Act)}
        audit.write("faq:draft:imported", actor=editor, **counts)


def put_questions(
    set_id: int,
    parsed: ParsedQuestions,
    *,
    editor: str,
    replace: bool = False,
    skip_bad: bool = False,
) -> None:
    """Write the rows of a file into a question set in one transaction.

    `replace`: remove questions that the file lacks. Raises Refused: NOT_FOUND; INVALID_INPUT naming
    the bad rows, unless `skip_bad` skips them.
    """
    if parsed.problems and not skip_bad:
        raise bad_rows(parsed.problems)
    rows: list[Labelled] = [row for _, row in parsed.rows]
    with transaction():
        question_sets.put(set_id, rows, editor=editor)
        if replace:
            named = {row.question for row in rows}
            gone = [q for q in question_sets.texts(set_id) if q not in named]
            question_sets.remove(set_id, gone, editor=editor)


def _merged(part: FilePart, draft: Draft | None) -> Any:
    """Return the whole part: columns that the file lacks are taken from the draft."""
    value = part.value
    if part.fields is not None and draft is not None and isinstance(draft.content, dict):
        kept = {n: v for n, v in draft.content.items() if n not in part.fields}
        value = {**kept, **value}
    return normal(part.key, value)


def _titles(parsed: Parsed) -> dict[str, str]:
    values = {part.key.name: part.value for part in parsed.parts if part.key.kind == ENTRY}
    titles = {s: v.get("title") for s, v in values.items() if isinstance(v, dict)}
    return {slug: title for slug, title in titles.items() if isinstance(title, str) and title}


def _step(
    part: FilePart, value: Any, draft: Draft | None, titles: Mapping[str, str]
) -> Step | None:
    if draft is None:
        changes = tuple(differences(part.key, None, value, titles))
        return Step(part.key, "new", part.line, value, None, changes)
    retired = draft.is_retired
    if draft.content == value and not retired:
        return None
    changes = tuple(differences(part.key, draft.content, value, titles))
    act: Act = "restored" if retired else "changed"
    return Step(part.key, act, part.line, value, draft.revision, changes)


def _retired(drafted: Mapping[Key, Draft], in_file: set[Key]) -> Iterable[Step]:
    for key, draft in drafted.items():
        stays = draft.is_retired or draft.held
        if key.kind == ENTRY and not stays and key not in in_file:
            yield Step(key, "retired", 0, draft.content, draft.revision, ())


def _misfitting(
    drafted: Mapping[Key, Draft], steps: Iterable[Step], lines: Mapping[Key, int]
) -> list[Problem]:
    """Find the inconsistencies that the file would cause."""
    after = {
        key: draft.content
        for key, draft in drafted.items()
        if not draft.is_retired and not faults(key, draft.content)
    }
    after |= {step.key: step.value for step in steps if step.act != "retired"}
    for step in steps:
        if step.act == "retired":
            after.pop(step.key, None)
    return [
        Problem(lines[key], _label(key), fault.message, _field(fault))
        for fault in cross_part_faults(after)
        if (key := key_of(fault)) in lines
    ]


def _picture_problems(parsed: Parsed) -> list[Problem]:
    misfits = [
        Problem(1, "", text("content.files.other_picture", name=name[:40]))
        for name, picture in parsed.pictures.items()
        if not images.matches_name(name, picture)
    ]
    named = [(part, images.names_in(part.value)) for part in parsed.parts]
    lacking = images.missing({name for _, names in named for name in names})
    return misfits + [
        Problem(part.line, _label(part.key), text("content.files.no_picture", name=name))
        for part, names in named
        for name in sorted(names & lacking - parsed.pictures.keys())
        # A name of another form is told by `faults`.
        if images.is_name(name)
    ]


def _order(drafted: Mapping[Key, Draft], parsed: Parsed) -> tuple[str, ...] | None:
    wanted = [part.key.name for part in parsed.parts if part.key.kind == ENTRY]
    named = set(wanted)
    present = [
        key.name
        for key, draft in drafted.items()
        if key.kind == ENTRY
        and not draft.is_retired
        # Held entries may be missing in the file.
        and (key.name in named or not draft.held)
    ]
    return None if wanted == present else tuple(wanted)


def _field(fault: Fault) -> str:
    """Return the label of a fault's column, empty for the whole part."""
    key = key_of(fault)
    path = fault.field.split(".")[2 if key.name else 1 :]
    return next((LABELS[name] for name in path if name in LABELS), "")


def _label(key: Key) -> str:
    return key.name or key.kind
