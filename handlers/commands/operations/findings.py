"""The result of one check of ``doctor``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check; ``trouble`` is a sentence that says what to do, or empty."""

    subject: str
    state: str
    trouble: str = ""
    is_warning: bool = False
    """Whether the service works well today and the trouble is one to come."""

    @property
    def mark(self) -> str:
        """Return the first word of its line."""
        return "ok   " if not self.trouble else "warn " if self.is_warning else "WRONG"
