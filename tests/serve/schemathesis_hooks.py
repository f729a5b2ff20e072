"""What schemathesis cannot know of this API: which models there are, what JSON lines hold, and what a code means."""

import json
import os

import schemathesis
from hypothesis import strategies as st

from tunewright.serve.asked import LONGEST
from tunewright.serve.files import LINES

_TEXT = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)
_LINE = st.tuples(_TEXT, _TEXT).map(lambda said: json.dumps({"messages": [
    {"role": "user", "content": said[0]}, {"role": "assistant", "content": said[1]}]}))
_MODELS = {"/v1/chat/completions": "desk", "/v1/completions": "desk", "/v1/fine_tuning/jobs": "tiny"}

schemathesis.openapi.media_type(
    LINES, st.lists(_LINE, min_size=1, max_size=3).map(lambda lines: "\n".join(lines).encode()))


@schemathesis.hook
def map_body(context, body):
    """Ask for a model and a file that are there, where any would do."""
    there = {"model": _MODELS.get(context.operation.path), "training_file": os.environ.get("TRAINING_FILE")}
    if not isinstance(body, dict):
        return body
    return body | {name: known for name, known in there.items()
                   if known and isinstance(body.get(name), str) and 0 < len(body[name]) <= LONGEST}


@schemathesis.check
def shape_is_taken(_context, response, case):
    """What the document allows is not refused for its shape: a refusal has a code, of what no shape can tell."""
    allowed = case.meta and case.meta.generation.mode.is_positive and not _half_a_form(case)
    if allowed and response.status_code == 400:
        error = response.json()["error"]
        assert error["code"], f"the document allows what is refused: {error['message']}"


def _half_a_form(case):
    """Beside a part with a strategy of its own, schemathesis sends the other parts empty, and calls that allowed."""
    return case.path == "/v1/files" and isinstance(case.body, dict) and case.body.get("purpose") == ""
