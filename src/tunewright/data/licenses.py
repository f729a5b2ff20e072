"""Licences held against the use that a recipe states: what is forbidden, and what is left for a person to judge.

Each sentence is argued in docs/provenance.md. It is no legal advice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tunewright.core.errors import Fault
from tunewright.core.licenses import KNOWN
from tunewright.recipe import DataSpec
from tunewright.recipe.data import Use


@dataclass(frozen=True)
class Finding:
    """What a source's licence says to the stated use. `forbids` is False where a person has to judge."""

    path: str
    license: str
    forbids: bool
    reason: str

    @property
    def sentence(self) -> str:
        """Source, licence and what it says."""
        return f"{self.path}: {self.license} {self.reason}"


def findings(spec: DataSpec) -> tuple[Finding, ...]:
    """What the sources' licences say to `spec.use`, in the order of the sources; nothing if no use is stated."""
    if spec.use is None:
        return ()
    return tuple(Finding(source.path, source.license, *found) for source in spec.sources
                 for found in _said(source.license, spec.use))


def require(spec: DataSpec) -> tuple[Finding, ...]:
    """The findings that a person has to judge. Raises Fault that lists every source whose licence forbids the use."""
    found = findings(spec)
    forbidden = [one.sentence for one in found if one.forbids]
    if forbidden:
        raise Fault(f"`data.use: {spec.use}` is forbidden by {len(forbidden)} licence{'s' * (len(forbidden) != 1)}: "
                    f"{'; '.join(forbidden)}: take such a source out, state another use, or get permission and write "
                    "`license: proprietary`.")
    return found


def _said(name: str, use: Use) -> Iterator[tuple[bool, str]]:
    known = KNOWN.get(name)
    if known is None:
        yield False, "is not known here: read whether it allows this use"
        return
    if not known.commercial and use == "commercial":
        yield True, "forbids commercial use"
    if not known.commercial and use == "internal":
        yield False, "forbids commercial use, and work inside a company may be one"
    if known.derivatives == "no":
        yield use == "commercial", "forbids derivatives, and a model may be one"
    if known.derivatives == "kept":
        yield use == "commercial", "forbids to share derivatives, and a model may be one"
    if known.share_alike and use == "commercial":
        yield False, "may ask that a model made of it is shared on the same terms"
