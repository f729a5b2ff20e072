"""What schemathesis cannot know of this API: which models there are, what JSON lines hold, and what a code means."""

import json
import os
import re

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


_ANY = {"model": rf".{{1,{LONGEST}}}", "training_file": ".+", "validation_file": ".+", "id": "[a-z]+-[0-9a-f]{1,50}",
        "job": "[0-9A-Za-z]+", "file": "[0-9A-Za-z]+"}
"""Fields of bodies and parts of paths that name what is there, and what may be said of them: any word would do."""
_MAKES = {"answerConversation": "id", "completeText": "id", "createJob": "job", "uploadFile": "file"}
_made = dict.fromkeys(("training_file", "validation_file"), os.environ["TRAINING_FILE"])


@schemathesis.hook
def before_call(_context, case, **_sent):
    """Ask for what is there, where any word would do: else most requests would come no further than a 404."""
    known = {**_made, "model": _MODELS.get(case.operation.path)}
    for said in (case.body, case.path_parameters):
        if isinstance(said, dict):
            said |= {name: known[name] for name in said.keys() & known if known[name] and _any(name, said[name])}


@schemathesis.hook
def after_call(_context, case, response):
    """Remember what was made last."""
    name = _MAKES.get(case.operation.definition.raw.get("operationId"))
    if name and response.status_code == 200 and "json" in response.headers["content-type"][0]:
        _made[name] = response.json()["id"]


def _any(name, said):
    return isinstance(said, str) and re.fullmatch(_ANY[name], said, re.DOTALL)


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
