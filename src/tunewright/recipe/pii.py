"""The `pii` part of the `data` section: what is done with personal data and secrets that records hold."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from tunewright.recipe.spec import Spec

Action = Literal["mask", "pseudonymise", "drop", "fail"]
Kind = Literal[
    "credentials", "private_key", "api_key", "email", "iban", "card",
    "us_ssn", "br_cpf", "ca_sin", "uk_nhs", "uk_nino", "es_dni", "es_nie", "it_codice_fiscale", "pt_nif", "fr_nir",
    "de_steuer_id", "nl_bsn", "be_rrn", "ch_ahv", "se_personnummer", "fi_hetu", "no_fnr", "dk_cpr", "pl_pesel",
    "in_aadhaar", "ip", "birth_date", "phone", "name", "address", "organisation"]
NAMED: tuple[Kind, ...] = ("name", "address", "organisation")
"""The kinds that no form tells, so that `names` must be given."""


class NamesSpec(Spec):
    """Names, addresses and organisations, by named-entity recognition."""

    engine: Literal["presidio", "fake"] = "presidio"
    """`presidio` needs `pip install 'tunewright[pii]'`; `fake` takes two capitalised words in a row for a name, and is
    for tests and first steps."""
    model: str = "en_core_web_lg"
    """A spaCy pipeline that is installed, or the folder of one. Nothing is downloaded."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    """Language of the pipeline, in two letters (ISO 639-1)."""


class PiiSpec(Spec):
    """What is done with personal data and secrets, by kind."""

    action: Action = "mask"
    """`mask`: a label stands in place, e.g. `[EMAIL]`. `pseudonymise`: a made-up value that is the same wherever the
    value is, from the key in TUNEWRIGHT_PII_KEY. `drop`: the record is left out. `fail`: the run stops."""
    kinds: Mapping[Kind, Action] = Field(default_factory=dict)
    """Another action for some kinds, e.g. `{card: drop, private_key: fail}`."""
    without: tuple[Kind, ...] = ()
    """Kinds that are not looked for, e.g. `[ip]`."""
    names: NamesSpec | None = None
    """How `name`, `address` and `organisation` are found; unless given they are not looked for."""

    @model_validator(mode="after")
    def _consistent(self) -> "PiiSpec":
        both = [kind for kind in self.kinds if kind in self.without]
        if both:
            raise ValueError(f"`without` names `{both[0]}`, for which `kinds` has an action: keep one of them")
        unknown = [kind for kind in NAMED if kind in self.kinds and self.names is None]
        if unknown:
            raise ValueError(f"`kinds` has an action for `{unknown[0]}`, which only `names` can find: add `names`")
        return self

    def actions(self) -> dict[str, Action]:
        """The action for every kind that is looked for."""
        return {kind: self.kinds.get(kind, self.action) for kind in get_args(Kind)
                if kind not in self.without and (self.names or kind not in NAMED)}
