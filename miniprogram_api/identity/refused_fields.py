"""Collect refusals of several fields, so that all are reported at once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from miniprogram_api.identity.documents.findings import Finding
from miniprogram_api.reasons import Reason, Refused

Value = TypeVar("Value")

# 核验数据缺失: check the four elements.
GENERAL_CASE = 4


class RefusedFields:
    """Collect refused fields."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._cases: list[int | None] = []

    def add(self, findings: Iterable[Finding]) -> None:
        """Add refusals of the local check."""
        for finding in findings:
            self._add([entry(finding)], finding.case)

    def attempt(self, check: Callable[[], Value]) -> Value | None:
        """Return ``check()``, or None after collecting the fields that it refused."""
        try:
            return check()
        except Refused as refused:
            if refused.reason is not Reason.INVALID_INPUT:
                raise
            self.refuse(refused)
            return None

    def refuse(self, refused: Refused) -> None:
        """Add the fields of an INVALID_INPUT."""
        self._add(refused.details["fields"], refused.case)

    def raise_if_any(self) -> None:
        """Raise Refused INVALID_INPUT with all collected fields."""
        if self._entries:
            raise Refused(
                Reason.INVALID_INPUT, case=most_specific_case(self._cases), fields=self._entries
            )

    def _add(self, entries: list[dict[str, Any]], case: int | None) -> None:
        self._entries += entries
        self._cases.append(case)


def most_specific_case(cases: Sequence[int | None]) -> int | None:
    """Return the problem case of several findings: the first other than the general case 4."""
    known = [case for case in cases if case is not None]
    return next((case for case in known if case != GENERAL_CASE), known[0] if known else None)


def entry(finding: Finding) -> dict[str, Any]:
    """Return a finding as in the API: field, code, message and any suggestion."""
    content = {"field": finding.field, "code": finding.code, "message": finding.message}
    if finding.suggestion is not None:
        content["suggestion"] = finding.suggestion
    return content
