"""What clients may ask: bodies of the OpenAI API, checked field by field and turned into an engine's request.

Unknown fields are ignored, as OpenAI's clients send new ones at any time. A known field that would change the answer
and that no engine offers is refused with 422: better no answer than another one than was asked for.
"""

import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tunewright.core.digest import digest_json
from tunewright.engine import Request
from tunewright.serve.problems import Problem

_INT64 = 1 << 63


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Part(_Body):
    """A part of a message. Only text: engines read nothing else."""

    type: Literal["text"]
    text: str


class Message(_Body):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | tuple[Part, ...] | None = None
    name: str | None = None
    tool_calls: tuple[dict[str, Any], ...] | None = None
    tool_call_id: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Message":
        if self.content is None and not (self.role == "assistant" and self.tool_calls):
            raise ValueError(f"a message of role {self.role} needs content")
        return self

    def plain(self) -> dict[str, Any]:
        """The message as templates know it: `developer` is the newer word for `system`, parts are one text."""
        content = self.content
        if content is not None and not isinstance(content, str):
            content = "".join(part.text for part in content)
        kept = self.model_dump(exclude={"role", "content"}, exclude_none=True, mode="json")
        return {"role": "system" if self.role == "developer" else self.role, "content": content, **kept}


class StreamOptions(_Body):
    """What a stream adds."""

    include_usage: bool = False


class Asked(_Body):
    """What both kinds of completion share."""

    model: Annotated[str, Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    seed: Annotated[int, Field(ge=-_INT64, lt=_INT64)] | None = None
    stop: Annotated[str, Field(min_length=1)] | Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...], Field(max_length=4)] | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    user: Annotated[str, Field(max_length=512)] | None = None
    n: int | None = None
    logprobs: bool | int | None = None
    logit_bias: dict[str, Any] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None

    def beyond(self) -> dict[str, bool]:
        """Fields that change the answer in a way no engine offers, and whether this request sets them so."""
        return {"n": self.n not in (None, 1), "logprobs": self.logprobs not in (None, False),
                "logit_bias": bool(self.logit_bias), "presence_penalty": bool(self.presence_penalty),
                "frequency_penalty": bool(self.frequency_penalty)}

    def sampling(self) -> dict[str, Any]:
        """How to draw tokens. Greedy unless asked otherwise: the gate measured the greedy answers."""
        stop = (self.stop,) if isinstance(self.stop, str) else self.stop or ()
        return {"temperature": self.temperature or 0.0, "top_p": 1.0 if self.top_p is None else self.top_p,
                "seed": self.seed, "stop": stop}

    def request(self, model_digest: str | None, new_tokens: int) -> Request:
        """The engine's request, bound to one model."""
        raise NotImplementedError

    def prompt_digest(self) -> str:
        """SHA-256 over what the model is asked."""
        raise NotImplementedError


class ChatAsked(Asked):
    """Body of `/v1/chat/completions`."""

    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    max_completion_tokens: Annotated[int, Field(gt=0)] | None = None
    tools: tuple[dict[str, Any], ...] | None = None
    tool_choice: str | dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None

    def beyond(self) -> dict[str, bool]:
        """The same for conversations."""
        form = (self.response_format or {}).get("type", "text")
        return {**super().beyond(), "tool_choice": self.tool_choice not in (None, "auto", "none"),
                "response_format": form != "text"}

    def request(self, model_digest: str | None, new_tokens: int) -> Request:
        """The engine's request, bound to one model."""
        return Request(messages=self._messages, tools=self._tools, model=model_digest, **self.sampling(),
                       new_tokens=self.max_completion_tokens or self.max_tokens or new_tokens)

    def prompt_digest(self) -> str:
        """SHA-256 over messages and tools."""
        return digest_json({"messages": self._messages, "tools": self._tools})

    @property
    def _messages(self) -> tuple[dict[str, Any], ...]:
        return tuple(message.plain() for message in self.messages)

    @property
    def _tools(self) -> tuple[dict[str, Any], ...] | None:
        return None if self.tool_choice == "none" else self.tools or None


class TextAsked(Asked):
    """Body of `/v1/completions`."""

    prompt: Annotated[str, Field(min_length=1)]
    echo: bool | None = None
    suffix: str | None = None
    best_of: int | None = None

    def beyond(self) -> dict[str, bool]:
        """The same for raw text."""
        return {**super().beyond(), "echo": bool(self.echo), "suffix": bool(self.suffix),
                "best_of": self.best_of not in (None, 1)}

    def request(self, model_digest: str | None, new_tokens: int) -> Request:
        """The engine's request, bound to one model."""
        return Request(prompt=self.prompt, model=model_digest, **self.sampling(),
                       new_tokens=self.max_tokens or new_tokens)

    def prompt_digest(self) -> str:
        """SHA-256 over the text."""
        return digest_json({"prompt": self.prompt})


A = TypeVar("A", bound=Asked)


def _fault(error: ValidationError, body: bytes) -> tuple[str | None, str]:
    """The field most at fault, as it stands in the body, and what is wrong with it.

    A field that may be of several kinds is told once for each: the deepest is the kind that was meant.
    """
    told = error.errors(include_url=False, include_context=False)
    value = json.loads(body) if told[0]["loc"] else None
    placed = [(_place(value, one["loc"]), one) for one in told]
    top = placed[0][0][:1]
    place, first = max((one for one in placed if one[0][:1] == top),
                       key=lambda one: (len(one[0]), not one[1]["type"].endswith("_type")))
    message = first["msg"].removeprefix("Value error, ").replace("Tuple should", "The list should")
    return ".".join(map(str, place)) or None, message.removesuffix(" after validation")[:300]


def _place(value: Any, steps: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The steps that lead through the body, without the names of kinds; a last one may be missing there."""
    found: list[int | str] = []
    for position, step in enumerate(steps):
        if isinstance(value, dict) and (step in value or position == len(steps) - 1):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            continue
        found.append(step)
    return tuple(found)


def parse(kind: type[A], body: bytes) -> A:
    """The body, checked. Raises Problem: 400 for what is wrong, 422 for what is not offered."""
    try:
        asked = kind.model_validate_json(body)
        asked.prompt_digest()
    except ValidationError as error:
        param, message = _fault(error, body)
        raise Problem(400, f"{param}: {message}." if param else f"{message}.", param=param) from error
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"the body holds what JSON cannot say ({error}).") from error
    for param, wanted in asked.beyond().items():
        if wanted:
            raise Problem(422, f"{param} is not offered here with this value: leave it out.", param=param,
                          code="unsupported_parameter")
    return asked
