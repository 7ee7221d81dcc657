"""What the asker's own record says about a question, asked of the very rules that refuse.

`diagnose` collects findings; `understand` reads the reply to a question back. Probes are attached
to entries by name (`PROBES`). May import matching, content and language.
"""

from faq.diagnosis.asker import Asker
from faq.diagnosis.deciding import diagnose
from faq.diagnosis.families import PROBES
from faq.diagnosis.findings import NOTHING, Diagnosis, Finding
from faq.diagnosis.questions import QuestionBack, either_or, is_unknown, understand
from faq.diagnosis.record import Record, Records

__all__ = [
    "NOTHING",
    "PROBES",
    "Asker",
    "Diagnosis",
    "Finding",
    "QuestionBack",
    "Record",
    "Records",
    "diagnose",
    "either_or",
    "is_unknown",
    "understand",
]
