"""The scanner: what of a text is personal data or a secret, and the text as it may be kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tunewright.pii.finding import Finding, label
from tunewright.pii.names import Names, make_names, outside, sentence_end
from tunewright.pii.plain import plain
from tunewright.pii.pseudonym import Pseudonyms, make_pseudonyms
from tunewright.pii.recognise import Recognisers, chosen
from tunewright.pii.walk import walk
from tunewright.recipe.pii import Action, PiiSpec


class Withheld(Exception):
    """A text holds what must not pass at all. It says the kind and the action, never the value."""

    def __init__(self, kind: str, action: Action) -> None:
        super().__init__(f"holds {kind}, for which the action is {action}")
        self.kind = kind
        self.action = action


@dataclass(frozen=True)
class Scanner:
    """Finds what `actions` names by kind, and puts in place what its action says. Make it with `make`."""

    actions: Mapping[str, Action]
    names: Names | None = None
    pseudonyms: Pseudonyms | None = field(default=None)

    @cached_property
    def asked(self) -> Recognisers:
        """The recognisers of what is looked for, chosen once."""
        return chosen(self.actions.keys())

    def find(self, text: str) -> list[Finding]:
        """All findings, in order, without overlap."""
        read = plain(text)
        found: list[Finding] = []
        walk(read, 0, found, self.asked, ended=True)
        at = 0
        while self.names and (end := sentence_end(read, at, ended=True)) is not None:
            found = sorted([*found, *self.named(text, at, end, found)])
            at = end
        return found

    def named(self, text: str, start: int, end: int, found: Sequence[Finding]) -> list[Finding]:
        """The names in the sentence `text[start:end]` where `found`, by form, has left them room."""
        assert self.names is not None
        others = [one for one in found if one.start < end and one.end > start]
        return [left for one in self.names.find(text[start:end]) if one.kind in self.actions
                for left in outside(Finding(start + one.start, start + one.end, one.kind), others)
                if text[left.start:left.end].strip()]

    def replaced(self, text: str, found: Sequence[Finding]) -> str:
        """`text` with each finding masked or pseudonymised. Raises Withheld if one must not pass."""
        pieces, at = [], 0
        for one in found:
            pieces += [text[at:one.start], self.instead(one.kind, text[one.start:one.end])]
            at = one.end
        return "".join([*pieces, text[at:]])

    def instead(self, kind: str, value: str) -> str:
        """What stands in place of `value`. Raises Withheld if it must not pass."""
        action = self.actions[kind]
        if action == "mask":
            return label(kind)
        if action == "pseudonymise" and self.pseudonyms is not None:
            return self.pseudonyms(kind, plain(value))
        raise Withheld(kind, action)

    def safe(self, text: str) -> tuple[str, Counter[str]]:
        """`text` as it may be kept, and how many findings of each kind it held. Raises Withheld."""
        found = self.find(text)
        return (self.replaced(text, found) if found else text), Counter(one.kind for one in found)


def make(spec: PiiSpec) -> Scanner:
    """The scanner that `spec` describes. Raises Fault if a key or a model that it needs is missing."""
    actions = spec.actions()
    return Scanner(actions, make_names(spec.names),
                   make_pseudonyms() if "pseudonymise" in actions.values() else None)
