"""Arm `prompted`: the base with examples of the training part as earlier turns."""

from collections.abc import Sequence

from tunewright.evaluate import task
from tunewright.evaluate.answers import Answers, Prompts
from tunewright.evaluate.arms.arm import Arm
from tunewright.evaluate.arms.desk import Desk
from tunewright.evaluate.question import Message


def _prompts(desk: Desk) -> Prompts:
    """As many shots as leave room for the answer."""
    spec, bench = desk.ground.spec, desk.bench
    shots = task.shots(desk.ground.training, spec.shots, spec.seed)

    def fits(messages: Sequence[Message]) -> bool:
        return len(bench.chat.prompt_ids(messages)) + spec.new_tokens <= bench.context

    return {question.key: task.prompted(question.messages, shots, fits)
            for question in desk.questions("prompted") if question.expected is not None}


def _answers(desk: Desk) -> Answers:
    return desk.by_model("prompted", _prompts(desk))


PROMPTED = Arm(answers=_answers, prompts=_prompts,
               identity=lambda desk: [desk.ground.spec.shots, desk.ground.spec.seed])
