"""Why this person is stuck: what his own record says, asked of the very rules that refuse.

`diagnose` looks; `understand` reads the reply to the question that it may ask back. Probes are
attached to entries by their names (`PROBES`), which editors may do, too.
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
