"""The check of names of enterprises: advice, never a permit."""

from datetime import date
from typing import Any

from pydantic import Field

from faq.release import published_names
from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api.access import attempts
from miniprogram_api.names.advice import Change, Kind
from miniprogram_api.names.check import Candidate, CheckedName
from miniprogram_api.names.findings import Finding, Level, Part, Result, Subject
from miniprogram_api.names.industries import Industry
from miniprogram_api.names.parts import Cut, Parts, Place
from miniprogram_api.reasons import Reason

resource = Resource("names")


class CandidateBody(Body):
    """A wish: its parts as typed."""

    word: RawText = ""
    industry: RawText = ""
    form: RawText = ""
    division: RawText | None = Field(
        None, description="As it stands in the name; missing: the usual one of the seat."
    )
    place: Place = Field(Place.FRONT, strict=False, description="Where the division stands.")
    industry_class: str = Field(
        "", pattern=r"^([A-T]([0-9]{2})?)?$", description="Of GB/T 4754, if chosen from the list."
    )


class CheckBody(CandidateBody):
    """Up to five candidates, or the fields of one beside the district."""

    district: RawText = Field("", description="Of the seat: six-digit code, or name.")
    candidates: list[CandidateBody] | None = Field(None, max_length=20)
    subject: Subject | None = Field(None, strict=False, description="Missing: told by the form.")
    investors: list[RawText] = Field(
        [], max_length=50, description="Names of enterprises and people that invest."
    )

    def wishes(self) -> list[Candidate]:
        """Return the candidates, those of the list or the single one."""
        bodies = [self] if self.candidates is None else self.candidates
        names = CandidateBody.model_fields
        return [Candidate(**{name: getattr(body, name) for name in names}) for body in bodies]


class PartsAnswer(Answer):
    """The parts of a name."""

    name: str
    division: str
    district: str
    word: str
    industry: str
    industry_class: str
    form: str
    place: Place


class NameFindingAnswer(Answer):
    """An objection to a name."""

    level: Level
    rule: str
    article: str
    part: Part
    against: str = Field(description="The word or the name of the register; may be empty.")
    message: str
    hint: str


class ChangeAnswer(Answer):
    """What would make the result better; an empty `value` is to be chosen."""

    kind: Kind
    part: Part
    value: str
    name: str
    message: str
    result: Result | None = Field(description="Of the changed name, which was checked.")


class CandidateAnswer(Answer):
    """A checked candidate."""

    name: str
    parts: PartsAnswer
    findings: list[NameFindingAnswer]
    result: Result
    frees: list[ChangeAnswer]
    rank: int = Field(description="1 for the best of the call.")


class CheckAnswer(Answer):
    """The checked candidates in their order; for the single form also its own fields."""

    candidates: list[CandidateAnswer]
    note: str
    scope: str = Field(description="Where names were compared.")
    library_date: date | None = Field(description="The day of the register of names.")
    not_compared: bool = Field(description="No register: form and words alone were checked.")
    rules_version: str
    name: str | None = None
    parts: PartsAnswer | None = None
    findings: list[NameFindingAnswer] | None = None
    result: Result | None = None
    frees: list[ChangeAnswer] | None = None


class PartsBody(Body):
    """A full name to cut."""

    name: RawText
    district: RawText | None = Field(None, description="Of the seat, if known.")


class UncertainAnswer(Answer):
    """A part whose cut is uncertain, and how else the name may be cut."""

    part: Part
    message: str
    alternatives: list[PartsAnswer]


class CutAnswer(Answer):
    """A cut name."""

    parts: PartsAnswer
    uncertain: list[UncertainAnswer]


class IndustriesQuery(Body):
    """The search for a trade."""

    query: RawText = Field("", description="In plain words, or a class; empty: all classes.")


class IndustryAnswer(Answer):
    """A class of GB/T 4754 with trade words for names."""

    code: str
    title: str
    words: list[str]
    matched: str = Field(description="The word of the query that fits; may be empty.")


class IndustriesAnswer(Answer):
    """The classes, best first."""

    industries: list[IndustryAnswer]


@resource.post(
    "/names/check",
    auth=Auth.OPTIONAL,
    body=CheckBody,
    answer=CheckAnswer,
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
    repeatable=False,
)
def check_names(call: Call, body: CheckBody) -> CheckAnswer:
    """Check up to five names: form, words, and the register. Advice, never a permit."""
    attempts.take_name_check(call.services, call.session, call.address)
    checked = published_names.check(body.district, body.wishes(), body.subject, body.investors)
    candidates = [_candidate(name) for name in checked.candidates]
    own: dict[str, Any] = {}
    if body.candidates is None:
        names = ("name", "parts", "findings", "result", "frees")
        own = {name: getattr(candidates[0], name) for name in names}
    return CheckAnswer(
        candidates=candidates,
        note=checked.note,
        scope=checked.scope,
        library_date=checked.library_date,
        not_compared=checked.not_compared,
        rules_version=checked.rules_version,
        **own,
    )


@resource.post("/names/parts", auth=Auth.NONE, body=PartsBody, answer=CutAnswer, repeatable=False)
def cut_name(_call: Call, body: PartsBody) -> CutAnswer:
    """Cut a full name into division, 字号, industry and form, with what is uncertain."""
    return _cut(published_names.cut(body.name, body.district))


@resource.get("/names/industries", auth=Auth.NONE, query=IndustriesQuery, answer=IndustriesAnswer)
def list_industries(_call: Call, query: IndustriesQuery) -> IndustriesAnswer:
    """Find trade words and classes by what people say."""
    found = published_names.search(query.query)
    return IndustriesAnswer(industries=[_industry(industry) for industry in found])


def _candidate(checked: CheckedName) -> CandidateAnswer:
    return CandidateAnswer(
        name=checked.name,
        parts=_parts(checked.parts),
        findings=[_finding(finding) for finding in checked.findings],
        result=checked.result,
        frees=[_change(change) for change in checked.frees],
        rank=checked.rank,
    )


def _parts(parts: Parts) -> PartsAnswer:
    return PartsAnswer(name=parts.name, **vars(parts))


def _finding(finding: Finding) -> NameFindingAnswer:
    return NameFindingAnswer(**vars(finding))


def _change(change: Change) -> ChangeAnswer:
    return ChangeAnswer(**vars(change))


def _industry(industry: Industry) -> IndustryAnswer:
    return IndustryAnswer(**{**vars(industry), "words": list(industry.words)})


def _cut(cut: Cut) -> CutAnswer:
    return CutAnswer(
        parts=_parts(cut.parts),
        uncertain=[
            UncertainAnswer(
                part=doubt.part,
                message=doubt.message,
                alternatives=[_parts(parts) for parts in doubt.alternatives],
            )
            for doubt in cut.uncertain
        ],
    )
