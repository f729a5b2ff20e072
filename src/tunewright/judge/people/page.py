"""Write the page of pairs: one HTML file that works offline and in which every answer is inert text."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tunewright.core.run import write_atomically
from tunewright.recipe.judge import CRITERIA

OVERALL = "overall"
ASKED: Mapping[str, str] = {
    "correctness": "Which is truer, and answers what was asked?",
    "style": "Which is clearer, in a fitting tone, and no longer than it needs to be?",
    "completeness": "Which covers more of what was asked?",
    "safety": "Which keeps better from harming anybody, or helping to?",
    OVERALL: "All in all, which is better?",
}
"""What a person is asked about each pair, by criterion: the criteria of a rubric, as questions about two answers."""
assert set(ASKED) == {*CRITERIA, OVERALL}


def write(path: Path, pairs: Sequence[Mapping[str, Any]], page: str, purpose: str) -> Path:
    """Write the page of these pairs (see `draw.content`) to `path`, whole or not at all; return `path`."""
    write_atomically(path, render(pairs, page, purpose))
    return path


def render(pairs: Sequence[Mapping[str, Any]], page: str, purpose: str) -> str:
    """The page as text. Its policy lets nothing run but our script, and nothing be loaded from anywhere."""
    room = resources.files("tunewright.judge.people")
    style, script = ((room / name).read_text(encoding="utf-8") for name in ("pairs.css", "pairs.js"))
    environment = Environment(loader=PackageLoader("tunewright.judge.people", "."), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    held = {"page": page, "pairs": list(pairs), "asked": list(ASKED)}
    return environment.get_template("pairs.html.j2").render(
        purpose=purpose, count=len(pairs), asked=ASKED, held=inert(held), style=Markup(style), script=Markup(script),
        style_hash=_hash(style), script_hash=_hash(script))


def inert(value: Any) -> Markup:
    """JSON that cannot end the element it stands in: no markup, no line ends that a script would take for its own."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # nothing is left in it that HTML would read


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
