"""Labels for rows that have none: asked for several times, or weighed, and kept with how sure the engine is."""

from collections import Counter
from collections.abc import Sequence

from tunewright.core.digest import digest_json
from tunewright.data.drafts import asking
from tunewright.data.drafts.answers import Answer, Asker
from tunewright.data.drafts.engines import title
from tunewright.data.drafts.seeds import Seed
from tunewright.data.drafts.verify import Tell, draw
from tunewright.data.drafts.weigh import likeliest
from tunewright.data.readers.review_file import Draft, name
from tunewright.engine import Request
from tunewright.recipe.label import LabelSpec
from tunewright.stats.labels import normalise


def propose(spec: LabelSpec, rows: Sequence[Seed], examples: Sequence[Seed], asker: Asker, tell: Tell) -> list[Draft]:
    """A draft for each row, in their order: with the label that most answers give, or left out with why."""
    shown = [seed for seed in sorted(examples, key=lambda one: digest_json([spec.seed, one.key])) if seed.shot]
    shots = [shot for seed in shown[:spec.shots] if (shot := seed.shot)]
    count = spec.answers if spec.confidence == "agreement" else 1
    requests = [
        Request(messages=asking.label(row.content["text"], spec.prompt, spec.labels, shots),
                temperature=spec.temperature, new_tokens=spec.new_tokens, seed=draw(spec.seed, row.key, number))
        for row in rows for number in range(count)]
    answers = asker.ask(requests, [row.as_read for row in rows for _ in range(count)],
                        lambda done: tell("answered", done, len(requests)))
    seen = [seed.id for seed in shown[:spec.shots]]
    return [_draft(row, answers[at * count:(at + 1) * count], spec, seen) for at, row in enumerate(rows)]


def elect(answers: Sequence[str], labels: Sequence[str]) -> tuple[str | None, float]:
    """The label that most answers name and the share of all answers that do; ties go to the label listed first.

    An answer is compared with the labels as the evaluation does: letter case and outer punctuation aside.
    """
    known = {normalise(label): label for label in reversed(labels)}
    votes = Counter(label for answer in answers if (label := known.get(normalise(answer))))
    if not votes:
        return None, 0.0
    first = min(votes, key=lambda label: (-votes[label], labels.index(label)))
    return first, votes[first] / len(answers)


def _draft(row: Seed, answers: Sequence[Answer], spec: LabelSpec, examples: Sequence[str]) -> Draft:
    told = spec.prompt or asking.LABEL
    if spec.confidence == "agreement":
        label, confidence = elect([answer.text for answer in answers], spec.labels)
    else:
        label, confidence = likeliest(answers[0].text, spec.labels)
    made = {"engine": title(spec.engine), "prompt": digest_json([told, spec.labels]), "row": row.row,
            "answers": row.as_read, "requests": digest_json([answer.request for answer in answers]),
            "examples": list(examples)}
    reason = None
    if label is None:
        refused = next((answer.refused for answer in answers if answer.refused), None)
        reason = refused or "no answer is one of the labels"
    elif confidence < spec.confidence_at_least:
        reason = (f"only {confidence:.2f} of {len(answers)} answers agree" if spec.confidence == "agreement"
                  else f"its likeliest label has a probability of only {confidence:.2f}")
    turns = [{"role": "user", "content": row.content["text"]}]
    content = {"messages": [*turns, {"role": "assistant", "content": label}] if label else turns}
    return Draft(name(content, made), content, made, row.fields, label or "", confidence, left_out=reason)
