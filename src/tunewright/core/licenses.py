"""Licences by their SPDX identifier, and what each allows; https://spdx.org/licenses has their texts.

This is our reading in four words, so that a machine can tell a forbidden use. It is no legal advice.
"""

from dataclasses import dataclass
from difflib import get_close_matches

PROPRIETARY = "proprietary"
"""Your own data, or data that you may use by contract."""
OTHER = "LicenseRef-"
"""SPDX's own beginning for a licence that is not in its list, e.g. `LicenseRef-llama3.1`: we cannot know its terms."""


@dataclass(frozen=True)
class License:
    """What a licence allows and asks. `derivatives`: `yes`, `kept` (made, but not shared) or `no`."""

    name: str
    commercial: bool = True
    derivatives: str = "yes"
    share_alike: bool = False
    attribution: bool = True


_FREE = "0BSD CC-PDDC CC0-1.0 DL-DE-ZERO-2.0 MIT-0 PDDL-1.0 Unlicense WTFPL"
_CREDIT = """AFL-3.0 Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 BlueOak-1.0.0 C-UDA-1.0
    CDLA-Permissive-1.0 CDLA-Permissive-2.0 DL-DE-BY-2.0 ECL-2.0 ISC MIT MS-PL NCSA NLOD-1.0 NLOD-2.0 O-UDA-1.0
    ODC-By-1.0 OGL-Canada-2.0 OGL-UK-1.0 OGL-UK-2.0 OGL-UK-3.0 PostgreSQL UPL-1.0 Zlib etalab-2.0"""
_SHARE = """AGPL-3.0-only AGPL-3.0-or-later CDLA-Sharing-1.0 CECILL-2.1 EPL-2.0 EUPL-1.2 GFDL-1.2-only GFDL-1.2-or-later
    GFDL-1.3-only GFDL-1.3-or-later GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later LGPL-2.1-only
    LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later MPL-2.0 MS-RL ODbL-1.0 OSL-3.0"""
_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")


def _creative_commons(version: str) -> list[License]:
    # From 4.0 on, ND lets one make adapted material for oneself; before, it does not (section 2.a.1 against 3).
    kept = "kept" if version == "4.0" else "no"
    return [License(f"CC-BY-{version}"), License(f"CC-BY-SA-{version}", share_alike=True),
            License(f"CC-BY-ND-{version}", derivatives=kept), License(f"CC-BY-NC-{version}", commercial=False),
            License(f"CC-BY-NC-SA-{version}", commercial=False, share_alike=True),
            License(f"CC-BY-NC-ND-{version}", commercial=False, derivatives=kept)]


KNOWN: dict[str, License] = {one.name: one for one in (
    License(PROPRIETARY, attribution=False),
    *(License(name, attribution=False) for name in _FREE.split()),
    *(License(name) for name in _CREDIT.split()),
    *(License(name, share_alike=True) for name in _SHARE.split()),
    *(one for version in _VERSIONS for one in _creative_commons(version)),
    License("PolyForm-Noncommercial-1.0.0", commercial=False))}
_BY_LOWER = {name.lower(): name for name in KNOWN}
USUAL = ("proprietary", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "MIT", "Apache-2.0", "ODC-By-1.0")
"""What most sources have: the choices that a sentence names."""


def named(word: str) -> str:
    """The identifier as SPDX writes it; case is no matter. Raises ValueError, with the nearest ones, if unknown."""
    word = word.strip()
    if word.lower().startswith(OTHER.lower()) and len(word) > len(OTHER):
        return OTHER + word[len(OTHER):]
    found = _BY_LOWER.get(word.lower())
    if found:
        return found
    near = [_BY_LOWER[one] for one in get_close_matches(word.lower(), _BY_LOWER, n=2, cutoff=0.7)]
    mend = f"did you mean {_either(near)}?" if near else f"known are {', '.join(USUAL)} and those in docs/provenance.md"
    raise ValueError(f"no licence that is known here: {mend}{'' if near else ';'} any other is written "
                     f"`{OTHER}NAME`")


def _either(names: list[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)
