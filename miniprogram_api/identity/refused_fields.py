"""Collecting what is wrong with several fields, so that a person hears of everything at once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from miniprogram_api.identity.documents.findings import Finding
from miniprogram_api.reasons import Reason, Refused

Value = TypeVar("Value")

# 核验数据缺失: look at the four elements.
GENERAL_CASE = 4


class RefusedFields:
    """The fields refused so far."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._cases: list[int | None] = []

    def add(self, findings: Iterable[Finding]) -> None:
        """Note refusals of the local check."""
        for finding in findings:
            self._note([entry(finding)], finding.case)

    def attempt(self, judge: Callable[[], Value]) -> Value | None:
        """What ``judge()`` returns, or None after noting the fields that it refused."""
        try:
            return judge()
        except Refused as refused:
            if refused.reason is not Reason.INVALID_INPUT:
                raise
            self.refuse(refused)
            return None

    def refuse(self, refused: Refused) -> None:
        """Note the fields of an INVALID_INPUT."""
        self._note(refused.details["fields"], refused.case)

    def raise_if_any(self) -> None:
        """Raise Refused INVALID_INPUT with all of them."""
        if self._entries:
            raise Refused(
                Reason.INVALID_INPUT, case=most_telling(self._cases), fields=self._entries
            )

    def _note(self, entries: list[dict[str, Any]], case: int | None) -> None:
        self._entries += entries
        self._cases.append(case)


def most_telling(cases: Sequence[int | None]) -> int | None:
    """The problem case to explain several findings with: the first that is not the general 4."""
    told = [case for case in cases if case is not None]
    return next((case for case in told if case != GENERAL_CASE), told[0] if told else None)


def entry(finding: Finding) -> dict[str, Any]:
    """A finding as clients get it: field, code, message and the suggestion, if there is one."""
    content = {"field": finding.field, "code": finding.code, "message": finding.message}
    if finding.suggestion is not None:
        content["suggestion"] = finding.suggestion
    return content
