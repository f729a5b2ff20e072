"""From a row and its source to the record's provenance, and the steps that leave out what may no longer be used."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from unicodedata import normalize

from tunewright.core.provenance import Provenance
from tunewright.core.withdrawn import Withdrawn
from tunewright.data.messages import Unusable
from tunewright.data.retention import expires
from tunewright.data.step import LeftOut, Prepared, Step
from tunewright.recipe import SourceSpec
from tunewright.recipe.source import ByColumn

_WORD = re.compile(r'(?<=")[^"]+(?=")|[\w.@+-]+')
"""What stands between quotes, and each word."""


def provenance(fields: Mapping[str, Any], source: SourceSpec, index: int) -> Provenance:
    """What makes it lawful to learn from this row. Raises Unusable if a day or a consent that it needs is not there."""
    collected = _day(fields, source.collected)
    consent = source.consent
    given = _day(fields, consent.date) if consent else None
    reference = _text(fields, consent.reference) if consent else None
    return Provenance(
        source=index, license=source.license, basis=source.basis, subject=subject(fields, source.subject),
        consent_date=given, consent_reference=reference,
        expires=expires(collected, source.retention) if collected and source.retention else None)


def columns(source: SourceSpec) -> tuple[str, ...]:
    """The columns that a source's provenance is read from, each once."""
    consent = (source.consent.date, source.consent.reference) if source.consent else ()
    named = [one.column for one in (source.collected, *consent) if isinstance(one, ByColumn)]
    return tuple(dict.fromkeys([*([source.subject] if source.subject else []), *named]))


def subject(fields: Mapping[str, Any], column: str | None) -> str | None:
    """The person whom a row is about, as text in one form; None if no column says so or it is empty here."""
    return person(fields.get(column)) if column else None


def person(value: Any) -> str | None:
    """A subject's id in the form that all are compared in: 17, 17.0 and the text ` 17 ` are one; case is kept."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of whole numbers with a gap in it is read as floats
    return " ".join(normalize("NFC", str(value)).split()) or None if value is not None else None


def suspects(fields: Mapping[str, Any], column: str | None) -> set[str]:
    """Whom a refused row may be about: its subject, or anybody whom a word of it may name where the row is so broken
    that it has no columns.
    """
    who = subject(fields, column)
    if column is None or who or not fields.keys() <= {"line", "fields"}:
        return {who} if who else set()
    values = fields.get("fields") or [fields.get("line")]
    words = {word for value in values for word in (value, *_WORD.findall(str(value)))}
    return {who for word in words if (who := person(word))}


def steps(withdrawn: Withdrawn, today: date) -> tuple[Step, ...]:
    """The first steps of preparation: what was withdrawn, and what has expired by `today`, is left out."""
    return partial(_unwithdrawn, withdrawn), partial(_unexpired, today)


def _unwithdrawn(withdrawn: Withdrawn, one: Prepared) -> Prepared | LeftOut:
    entry = withdrawn.entry(one.provenance.subject, one.key)
    return one if entry is None else LeftOut("withdrawn", f"its subject withdrew: ledger entry {entry}")


def _unexpired(today: date, one: Prepared) -> Prepared | LeftOut:
    last = one.provenance.expires
    return one if last is None or today < last else LeftOut("expired", f"may not be used from {last} on")


def _day(fields: Mapping[str, Any], given: date | ByColumn | None) -> date | None:
    if not isinstance(given, ByColumn):
        return given
    value = fields.get(given.column)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if value is None or not str(value).strip():
        raise Unusable(given.column, "is empty, and a day is needed")
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError as error:
        raise Unusable(given.column, "is no day such as 2026-03-01") from error


def _text(fields: Mapping[str, Any], given: str | ByColumn) -> str:
    if not isinstance(given, ByColumn):
        return given
    value = fields.get(given.column)
    text = "" if value is None else str(value).strip()
    if not text:
        raise Unusable(given.column, "is empty, and a consent needs its reference")
    return text
