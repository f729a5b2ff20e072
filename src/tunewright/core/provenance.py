"""Provenance: what makes it lawful to learn from one record, and until when."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Provenance:
    """Where one record comes from and on what ground it is kept.

    `source` is an index into `Dataset.origins`. `basis` is one of the six of GDPR article 6; consent has a date and
    a reference. `subject` is the person whom the record is about. `expires` is the first day on which it may no
    longer be used.
    """

    source: int
    license: str
    basis: str
    subject: str | None = None
    consent_date: date | None = None
    consent_reference: str | None = None
    expires: date | None = None
