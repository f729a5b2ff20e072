"""Licences held against the use that a recipe states: what is forbidden, and what is left for a person to judge.

Each sentence is argued in docs/provenance.md. It is no legal advice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunewright.core.errors import Fault
from tunewright.core.licenses import KNOWN, named
from tunewright.recipe import DataSpec
from tunewright.recipe.data import Use


@dataclass(frozen=True)
class Finding:
    """What a licence says to the stated use. `path` is the source's, or the base's name; `forbids` is False where a
    person has to judge.
    """

    path: str
    license: str
    forbids: bool
    reason: str

    @property
    def sentence(self) -> str:
        """Source or base, licence and what it says."""
        return f"{self.path}: {f'{self.license} ' if self.license else ''}{self.reason}"


def findings(spec: DataSpec) -> tuple[Finding, ...]:
    """What the sources' licences say to `spec.use`, in the order of the sources; nothing if no use is stated."""
    return tuple(one for source in spec.sources for one in of_base(source.path, source.license, spec.use))


def of_base(name: str, license: str | None, use: Use | None) -> tuple[Finding, ...]:
    """What the licence of a base (or anything else with a name) says to a use. `license` is as its card has it."""
    if use is None:
        return ()
    if license is None:
        return (Finding(name, "", False, "states no licence: ask its makers"),)
    try:
        known = named(license)
    except ValueError:
        known = license
    return tuple(Finding(name, known, *found) for found in _said(known, use))


def require(found: Sequence[Finding], use: Use | None) -> None:
    """Raises Fault that lists everything whose licence forbids the use."""
    forbidden = [one.sentence for one in found if one.forbids]
    if forbidden:
        raise Fault(f"`data.use: {use}` is forbidden by {len(forbidden)} licence{'s' * (len(forbidden) != 1)}: "
                    f"{'; '.join(forbidden)}: take another, state another use, or get permission and write "
                    "`license: proprietary`.")


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
