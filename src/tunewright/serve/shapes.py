"""What the gateway answers, as JSON Schemas: the shapes of OpenAI's API, and what ours adds to them."""

from typing import Any

from tunewright.tuning.file import PURPOSE

Shape = dict[str, Any]


def ref(name: str) -> Shape:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: dict[str, Shape], **other: Shape) -> Shape:
    """An object that has the fields of `required`, and may have others."""
    return {"type": "object", "required": [*required], "properties": {**required, **other}}


def _list(of: Shape) -> Shape:
    return {"type": "array", "items": of}


def _page(name: str) -> Shape:
    """A page of a list in OpenAI's shape."""
    return _object({"object": {"const": "list"}, "data": _list(ref(name)), "first_id": _MAYBE, "last_id": _MAYBE,
                    "has_more": _YES})


def _or_null(kind: str) -> Shape:
    return {"type": [kind, "null"]}


_TEXT, _NUMBER, _YES, _FIELDS = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"type": "object"}
_MAYBE, _MAYBE_NUMBER, _MAYBE_FIELDS = _or_null("string"), _or_null("integer"), _or_null("object")
_USAGE = _object(dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), _NUMBER))
_CALL = _object({"id": _TEXT, "type": {"const": "function"}, "function": _object({"name": _TEXT, "arguments": _TEXT})})
_MESSAGE = _object({"role": {"const": "assistant"}, "content": _MAYBE, "refusal": _MAYBE}, tool_calls=_list(_CALL))
_SETTINGS = _object({name: {"anyOf": [{"const": "auto"}, {"type": "number"}]} for name in (
    "n_epochs", "batch_size", "learning_rate_multiplier")}, beta={"anyOf": [{"const": "auto"}, {"type": "number"}]})
_METHOD = _object({"hyperparameters": _SETTINGS})


def _answer(kind: str, **content: Shape) -> Shape:
    choice = _object({"index": _NUMBER, "finish_reason": _TEXT, "logprobs": _MAYBE_FIELDS, **content})
    return _object({"id": _TEXT, "object": {"const": kind}, "created": _NUMBER, "model": _TEXT,
                    "system_fingerprint": _TEXT, "choices": _list(choice), "usage": _USAGE})


_JOB = _object({
    "id": _TEXT, "object": {"const": "fine_tuning.job"}, "created_at": _NUMBER, "finished_at": _MAYBE_NUMBER,
    "status": {"enum": ["queued", "running", "paused", "succeeded", "failed", "cancelled"]}, "model": _TEXT,
    "training_file": _TEXT, "validation_file": _MAYBE, "seed": _NUMBER,
    "metadata": {"type": "object", "additionalProperties": _TEXT}, "fine_tuned_model": _MAYBE,
    "trained_tokens": _MAYBE_NUMBER, "hyperparameters": _SETTINGS,
    "error": {"anyOf": [{"type": "null"}, _object({"code": _TEXT, "message": _TEXT, "param": _MAYBE})]},
    "method": _object({"type": {"enum": ["supervised", "dpo"]}}, supervised=_METHOD, dpo=_METHOD),
    "organization_id": _TEXT, "result_files": _list(_TEXT), "integrations": _list(_FIELDS),
    "estimated_finish": _MAYBE_NUMBER})

SHAPES: dict[str, Shape] = {
    "ChatCompletion": _answer("chat.completion", message=_MESSAGE),
    "TextCompletion": _answer("text_completion", text=_TEXT),
    "FeedbackKept": _object({"id": _TEXT, "object": {"const": "feedback"}, "of": _TEXT, "created": _NUMBER,
                             "text_kept": _YES}),
    "Model": _object({"id": _TEXT, "object": {"const": "model"}, "created": _NUMBER, "owned_by": _TEXT,
                      "release": _TEXT}, status=_TEXT, shutdown_date={"type": "string", "format": "date"}),
    "ModelList": _object({"object": {"const": "list"}, "data": _list(ref("Model"))}),
    "File": _object({"id": _TEXT, "object": {"const": "file"}, "bytes": _NUMBER, "created_at": _NUMBER,
                     "expires_at": _MAYBE_NUMBER, "filename": _TEXT, "purpose": {"const": PURPOSE},
                     "status": {"const": "processed"}, "status_details": _MAYBE}),
    "FileList": _page("File"),
    "FileGone": _object({"id": _TEXT, "object": {"const": "file"}, "deleted": {"const": True}}),
    "Job": _JOB,
    "JobList": _page("Job"),
    "JobEvent": _object({"id": _TEXT, "object": {"const": "fine_tuning.job.event"}, "created_at": _NUMBER,
                         "level": {"enum": ["info", "warn", "error"]}, "message": _TEXT, "data": _FIELDS,
                         "type": {"enum": ["message", "metrics"]}}),
    "JobEventList": _page("JobEvent"),
    "JobCheckpoint": _object({"id": _TEXT, "object": {"const": "fine_tuning.job.checkpoint"}, "created_at": _NUMBER,
                              "fine_tuned_model_checkpoint": _TEXT, "fine_tuning_job_id": _TEXT, "metrics": _FIELDS,
                              "step_number": _NUMBER}),
    "JobCheckpointList": _page("JobCheckpoint"),
    "Health": _object({"status": {"enum": ["ok", "degraded", "down", "stopping"]}},
                      live={"type": "object", "additionalProperties": _TEXT}, missing=_list(_TEXT),
                      faults={"type": "object", "additionalProperties": _TEXT}),
    "Document": _object({"openapi": _TEXT, "info": _FIELDS, "paths": _FIELDS, "components": _FIELDS}),
    "Error": _object({"error": _object({"message": _TEXT, "type": _TEXT, "param": _MAYBE, "code": _MAYBE})})}
"""The schema of each answer, by its name in the document."""
