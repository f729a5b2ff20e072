"""Arm `tools`: the base may call the calculator and the user's functions, and answers when it has their results.

Where the base's chat template shows tools, calls are written as that template has them; else in plain text, as JSON.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tunewright.core.digest import digest_bytes
from tunewright.core.errors import Fault
from tunewright.engine.calls import Call, read
from tunewright.evaluate.answers import Answers, Progress, Prompts, Said, ask
from tunewright.evaluate.arms.arm import Arm
from tunewright.evaluate.arms.desk import Desk, can_ask
from tunewright.evaluate.arms.functions import Tool, result, tools
from tunewright.evaluate.question import Message, Question
from tunewright.recipe import EvaluateSpec

_CALL_TOKENS = 64  # a call needs so many, however short the answers are
_SHOWN = 80  # characters of a call or a result that are kept with the answer
_PROTOCOL = """You may use these tools, each described as JSON:
{described}
To use one, answer with nothing but a JSON object such as {example}. You are then told its result. Once you know \
enough, give the answer itself."""
_EXAMPLE = '{"name": "calculator", "arguments": {"expression": "12 * 7"}}'


@dataclass(frozen=True)
class Toolbox:
    """Speaks for the arm: asks, runs the calls that it is answered, tells their results, and asks again."""

    desk: Desk
    tools: Mapping[str, Tool]
    native: bool

    def __call__(self, questions: Sequence[Question], prompts: Prompts, progress: Progress) -> dict[str, Said]:
        """As `Speak` says."""
        talk = {question.key: prompts.get(question.key, question.messages) for question in questions}
        asking = list(questions)
        found: dict[str, Said] = {}
        for left in range(self.desk.ground.spec.tools.rounds, -1, -1):
            said = ask(self.desk.bench.engine, asking, talk, None, progress)
            again = []
            for question in asking:
                key, one = question.key, said[question.key]
                found[key] = _together(found.get(key), one)
                if left and (called := read(one.text, self.tools)):
                    results = [result(self.tools[call.name], call.arguments) for call in called]
                    found[key] = replace(found[key], sources=(*found[key].sources, *map(_told, called, results)))
                    talk[key] = (*talk[key], *self._turns(one.text, called, results))
                    again += [question] if can_ask(self.desk.bench, talk[key], question.tools) else []
            if not (asking := again):
                break
        return found

    def opened(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        """A conversation that begins with what the tools are, unless the template tells it."""
        if self.native:
            return tuple(messages)
        described = "\n".join(json.dumps(tool.described["function"]) for tool in self.tools.values())
        told = _PROTOCOL.format(described=described, example=_EXAMPLE)
        head = messages[0] if messages and messages[0]["role"] == "system" else None
        system = {"role": "system", "content": f"{head['content']}\n\n{told}" if head else told}
        return (system, *messages[1 if head else 0:])

    def equipped(self, question: Question) -> Question:
        """A question with the tools, where the template shows them, and room for a call."""
        given = (*(question.tools or ()), *(tool.described for tool in self.tools.values()))
        return replace(question, tools=given if self.native else question.tools,
                       new_tokens=max(question.new_tokens, _CALL_TOKENS))

    def _turns(self, text: str, called: Sequence[Call], results: Sequence[str]) -> tuple[Message, ...]:
        """The answer that calls, and what came of it."""
        if not self.native:
            told = "\n".join(f"{call.name} gives {result}" for call, result in zip(called, results, strict=True))
            return {"role": "assistant", "content": text}, {"role": "user", "content": told}
        ids = [f"call{number:05d}" for number in range(len(called))]  # nine letters and digits, as Mistral wants them
        asked = [{"id": name, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                 for name, call in zip(ids, called, strict=True)]
        return ({"role": "assistant", "content": "", "tool_calls": asked},
                *({"role": "tool", "tool_call_id": name, "name": call.name, "content": result}
                  for name, call, result in zip(ids, called, results, strict=True)))


def toolbox(desk: Desk) -> Toolbox:
    """The recipe's tools. Raises Fault for a file of functions that cannot be used, or lies outside its folder."""
    def made() -> Toolbox:
        known = tools(_functions(desk.ground.spec, desk.ground.folder))
        return Toolbox(desk, known, _shows(desk, known))

    return desk.once("toolbox", made)


def _shows(desk: Desk, known: Mapping[str, Tool]) -> bool:
    """Whether the base's template shows the tools that it is given."""
    asked = ({"role": "user", "content": "?"},)
    try:
        return all(name in desk.bench.chat.render(asked, [tool.described for tool in known.values()])
                   for name in known)
    except Fault:
        return False


def _prompts(desk: Desk) -> Prompts:
    box = toolbox(desk)
    return {question.key: box.opened(question.messages) for question in desk.questions("tools")}


def _answers(desk: Desk) -> Answers:
    box = toolbox(desk)
    return desk.written("tools", list(map(box.equipped, desk.questions("tools"))), _prompts(desk), box, desk.bench)


def reads(spec: EvaluateSpec, folder: Path) -> object:
    """The file of functions, by digest. Raises Fault if it cannot be read."""
    path = _functions(spec, folder)
    return [spec.tools.rounds, digest_bytes(path.read_bytes()) if path else None]


def check(spec: EvaluateSpec, folder: Path) -> None:
    """Raises Fault if the functions cannot be used as tools."""
    tools(_functions(spec, folder))


def _functions(spec: EvaluateSpec, folder: Path) -> Path | None:
    if spec.tools.functions is None:
        return None
    path = (folder / spec.tools.functions).resolve()
    if not path.is_file() or not path.is_relative_to(folder.resolve()):
        raise Fault(f"evaluate.tools.functions: {spec.tools.functions} is no file in the recipe's folder: mend the "
                    "path.")
    return path


def _together(before: Said | None, now: Said) -> Said:
    """All rounds of one answer: the last text, and what all of them took."""
    if before is None:
        return now
    return Said(now.text, (before.seconds or 0) + (now.seconds or 0), before.busy + now.busy,
                before.tokens_in + now.tokens_in, before.tokens_out + now.tokens_out, before.sources)


def _told(call: Call, result: str) -> str:
    given = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
    return f"{call.name}({given[:_SHOWN]}) = {result[:_SHOWN]}"


TOOLS = Arm(answers=_answers, prompts=_prompts, identity=lambda desk: reads(desk.ground.spec, desk.ground.folder))
