"""What clients may ask: bodies of the OpenAI API, checked field by field and turned into an engine's request.

Unknown fields are ignored, as OpenAI's clients send new ones at any time. A known field that would change the answer
and that no engine offers is refused with 422: better no answer than another one than was asked for.
"""

from collections.abc import Set
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tunewright.core.digest import digest_json
from tunewright.engine import Request
from tunewright.serve.checked import WHOLE, checked, says
from tunewright.serve.form import check
from tunewright.serve.problems import Problem

LONGEST = 256
"""Letters that the name of a model may have."""
_INT64 = 1 << 63
_INSTEAD = {"functions": "say `tools`", "function_call": "say `tool_choice`"}


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Part(_Body):
    """A part of a message. Only text: engines read nothing else."""

    type: Literal["text"]
    text: str


class Called(_Body):
    """The function that a call was of; `arguments` are JSON, as the model wrote it."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[str, Field(min_length=1)]
    arguments: str


class Call(_Body):
    """A call of a tool in an earlier answer. What else a client says of it goes along."""

    model_config = ConfigDict(extra="allow")

    id: str
    type: Literal["function"]
    function: Called


class Message(_Body):
    """One message of a conversation."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [
        {"required": ["content"], "properties": {"content": {"type": ["string", "array"]}}},
        {"required": ["refusal"], "properties": {"role": {"const": "assistant"}, "refusal": {"type": "string"}}},
        {"required": ["tool_calls"], "properties": {
            "role": {"const": "assistant"}, "tool_calls": {"type": "array", "minItems": 1}}}]})

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | tuple[Part, ...] | None = None
    refusal: str | None = None
    """What an earlier answer said instead of its content."""
    name: str | None = None
    tool_calls: tuple[Call, ...] | None = None
    tool_call_id: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Message":
        if self.content is None and not (self.role == "assistant" and (self.tool_calls or self.refusal is not None)):
            raise ValueError(f"a message of role {self.role} needs content")
        return self

    def plain(self) -> dict[str, Any]:
        """The message as templates know it: `developer` is the newer word for `system`, parts are one text."""
        content = self.refusal if self.content is None and self.role == "assistant" else self.content
        if content is not None and not isinstance(content, str):
            content = "".join(part.text for part in content)
        said: dict[str, Any] = {"role": "system" if self.role == "developer" else self.role, "content": content}
        if self.name is not None:
            said["name"] = self.name
        if self.tool_calls is not None:
            said["tool_calls"] = tuple(call.model_dump() for call in self.tool_calls)
        if self.tool_call_id is not None:
            said["tool_call_id"] = self.tool_call_id
        return said


class Source(_Body):
    """A document that the client answers from: what it is called there, and the SHA-256 of what it said then."""

    id: Annotated[str, Field(min_length=1, max_length=256)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class StreamOptions(_Body):
    """What a stream adds."""

    include_usage: bool = False


Text = Annotated[str, Field(min_length=1)]
Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(max_length=4)]
Tokens = Annotated[int, Field(gt=0, lt=1 << 31), WHOLE]
Bias = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
Penalty = Annotated[float, Field(ge=-2, le=2, allow_inf_nan=False)]


class Asked(_Body):
    """What both kinds of completion share."""

    model: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    """A name, whose live release answers; `name@3`; or `base`."""
    stream: bool | None = None
    """Whether to send server-sent events as the answer grows."""
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    """0, the likeliest token always, unless given."""
    top_p: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    """How much probability the tokens have together that are drawn from; 0: only the likeliest is."""
    seed: Annotated[int, Field(ge=-_INT64, lt=_INT64), WHOLE] | None = None
    """Makes a draw repeatable; answer number i of `n` is drawn with seed + i."""
    stop: Annotated[str, Field(min_length=1)] | Words | None = None
    max_tokens: Tokens | None = None
    user: Annotated[str, Field(max_length=512)] | None = None
    """Whoever the answer is for; it goes into the audit record."""
    n: Annotated[int, Field(ge=1, le=16), WHOLE] | None = None
    """How many answers to give."""
    sources: Annotated[tuple[Source, ...], Field(max_length=64)] | None = None
    """What the client retrieved for this question; no model sees it, it goes into the audit record."""
    logit_bias: dict[str, Bias] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None

    def beyond(self) -> dict[str, Any]:
        """Fields that change the answer in a way that not every engine offers, where this request sets them so."""
        set_so = {"logit_bias": self.logit_bias, "presence_penalty": self.presence_penalty,
                  "frequency_penalty": self.frequency_penalty}
        return {name: value for name, value in set_so.items() if value}

    def sampling(self) -> dict[str, Any]:
        """How to draw tokens. Greedy unless asked otherwise: the gate measured the greedy answers."""
        stop = (self.stop,) if isinstance(self.stop, str) else self.stop or ()
        greedy = self.top_p == 0
        return {"temperature": 0.0 if greedy else self.temperature or 0.0,
                "top_p": 1.0 if self.top_p is None or greedy else self.top_p,
                "seed": self.seed, "stop": stop, "more": self.beyond()}

    def request(self, model_digest: str | None, new_tokens: int) -> Request:
        """The engine's request, bound to one model."""
        raise NotImplementedError


class Tool(_Body):
    """A tool that the model may call."""

    type: Literal["function"]
    function: Annotated[dict[str, Any], Field(json_schema_extra={
        "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}},
        "anyOf": [{"properties": {"strict": {"not": {"const": True}}}},
                  {"properties": {"parameters": {"type": ["object", "null"]}}}]})]

    @model_validator(mode="after")
    def _named(self) -> "Tool":
        if not isinstance(self.function.get("name"), str) or not self.function["name"]:
            raise ValueError("a function needs a name")
        if self.function.get("strict") is True and self.function.get("parameters") is not None:
            check(self.function["parameters"], "a strict function needs `parameters` that are an object")
        return self


class Form(_Body):
    """What the answer must be: any text, any JSON object, or JSON that holds to a schema."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [
        {"properties": {"type": {"enum": ["text", "json_object"]}}},
        {"required": ["json_schema"], "properties": {"json_schema": {
            "type": "object", "required": ["schema"], "properties": {"schema": {"type": "object"}}}}}]})

    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _sound(self) -> "Form":
        if self.type == "json_schema":
            check((self.json_schema or {}).get("schema"))
        return self

    def demanded(self) -> dict[str, Any] | None:
        """The schema that the answer must hold to; None if any text will do."""
        if self.type == "json_schema":
            found: dict[str, Any] = (self.json_schema or {})["schema"]
            return found
        return {"type": "object"} if self.type == "json_object" else None


class ChatAsked(Asked):
    """Body of `/v1/chat/completions`."""

    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    max_completion_tokens: Tokens | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: Annotated[
        Literal["none", "auto", "required"] | Annotated[dict[str, Any], Field(min_length=1)] | None,
        says("it is `none`, `auto`, `required`, or an object that names a function")] = None
    parallel_tool_calls: bool | None = None
    response_format: Form | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20), WHOLE] | None = None
    functions: list[Any] | None = None
    """The older word for `tools`."""
    function_call: Any = None
    modalities: list[Any] | None = None
    web_search_options: Any = None

    def beyond(self) -> dict[str, Any]:
        """The same for conversations."""
        set_so = {name: value for name, value in (
            ("logprobs", self.logprobs), ("top_logprobs", self.logprobs and self.top_logprobs),
            ("tool_choice", self.tool_choice not in (None, "auto", "none") and self.tool_choice),
            ("functions", self.functions), ("function_call", self.function_call not in (None, "auto", "none")),
            ("modalities", self.modalities not in (None, [], ["text"])),
            ("web_search_options", self.web_search_options is not None)) if value}
        return {**super().beyond(), **set_so}

    def request(self, model_digest: str | None, new_tokens: int) -> Request:
        """The engine's request, bound to one model."""
        tools = tuple(tool.model_dump() for tool in self.tools or ()) if self.tool_choice != "none" else ()
        return Request(messages=tuple(message.plain() for message in self.messages), tools=tools or None,
                       model=model_digest, **self.sampling(),
                       new_tokens=self.max_completion_tokens or self.max_tokens or new_tokens)


class TextAsked(Asked):
    """Body of `/v1/completions`."""

    prompt: Annotated[Text | Annotated[list[Text], Field(min_length=1, max_length=1)],
                      says("it is one text, also in a list of its own: ask for others by themselves")]
    logprobs: Annotated[int, Field(ge=0, le=5), WHOLE] | None = None
    echo: bool | None = None
    suffix: str | None = None
    best_of: Annotated[int, Field(ge=1, le=20), WHOLE] | None = None

    @property
    def text(self) -> str:
        """The prompt itself."""
        return self.prompt if isinstance(self.prompt, str) else self.prompt[0]

    def beyond(self) -> dict[str, Any]:
        """The same for raw text."""
        set_so = {"echo": self.echo, "suffix": self.suffix, "best_of": self.best_of not in (None, 1) and self.best_of}
        asked = {name: value for name, value in set_so.items() if value}
        return {**super().beyond(), **asked, **({} if self.logprobs is None else {"logprobs": self.logprobs})}

    def request(self, model_digest: str | None, new_tokens: int) -> Request:
        """The engine's request, bound to one model."""
        return Request(prompt=self.text, model=model_digest, **self.sampling(),
                       new_tokens=self.max_tokens or new_tokens)


def prompt_digest(request: Request) -> str:
    """SHA-256 over what the model is asked: messages and tools, or the text. ValueError if JSON cannot."""
    if request.messages is None:
        return digest_json({"prompt": request.prompt})
    return digest_json({"messages": request.messages, "tools": request.tools})


A = TypeVar("A", bound=Asked)


def parse(kind: type[A], body: bytes, offers: Set[str] = frozenset()) -> A:
    """The body, checked. Raises Problem: 400 for what is wrong, 422 for what is not in `offers`."""
    asked = checked(kind, body)
    for param in asked.beyond():
        if param not in offers:
            mend = _INSTEAD.get(param, "leave it out")
            raise Problem(422, f"{param} is not offered here with this value: {mend}.", param=param,
                          code="unsupported_parameter")
    return asked
