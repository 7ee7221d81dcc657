"""Explain from the asker's own records why a service refuses, by calling the rules that refuse.

Entries name the probes (`PROBES`) that `diagnose` runs for them.
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
