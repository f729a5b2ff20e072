"""lm-evaluation-harness's `LM` interface on our engine. Importing this imports lm-eval.

Contexts are cut, joined and scored as its own Hugging Face backend does, so that figures compare with published ones.
"""

from collections.abc import Sequence
from typing import Any

from lm_eval.api.model import LM
from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

from tunewright.engine import Request
from tunewright.engine.chat import Rendered
from tunewright.evaluate import pairs
from tunewright.evaluate.suite import Work

_NEW_TOKENS = 256  # where a task does not say


class EngineLM(LM):
    """A model on a bench. What requests begin with in common is computed once."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self._bench = work.bench
        self._tokenizer = work.bench.chat.tokenizer

    @property
    def tokenizer_name(self) -> str:
        """What the harness names its caches by."""
        return str(getattr(self._tokenizer, "name_or_path", "tunewright")).replace("/", "__")

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """The conversation as the base's template renders it."""
        return self._bench.chat.render(chat_history, prompt=add_generation_prompt)

    def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        """Of each (context, continuation): ln p of the continuation, and whether it is what would be written."""
        asked = [request.args for request in requests]
        found = self._likelihoods(pairs.rows(self._tokenizer, asked, self._bench.context))
        return [(-one.nats, one.greedy) for one in found]

    def loglikelihood_rolling(self, requests: Sequence[Any]) -> list[float]:
        """ln p of each text, in windows as long as the base reads, of which every token is scored once."""
        rows: list[Rendered] = []
        owner: list[int] = []
        texts = [request.args[0] for request in requests]
        for at, ids in enumerate(pairs.ids(self._tokenizer, texts)):
            windows = get_rolling_token_windows(ids, pairs.edge(self._tokenizer), self._bench.context, 1)
            for before, after in map(make_disjoint_window, windows):
                rows.append(Rendered([*before, *after], [*[False] * len(before), *[True] * len(after)]))
                owner.append(at)
        totals = [0.0] * len(texts)
        for at, one in zip(owner, self._likelihoods(rows), strict=True):
            totals[at] -= one.nats
        return totals

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """The answer to each (context, how), cut before the first of its stop strings."""
        done = self._bench.engine.generate([self._request(*request.args) for request in requests])
        return [one.text for one in done]

    def _request(self, context: str, how: dict[str, Any]) -> Request:
        new_tokens = int(how.get("max_gen_toks") or how.get("max_new_tokens") or _NEW_TOKENS)
        stops = how.get("until") or ()
        draws = bool(how.get("do_sample")) and float(how.get("temperature") or 0) > 0
        return Request(prompt=self._fitting(context, new_tokens), model=self._work.model, new_tokens=new_tokens,
                       temperature=float(how["temperature"]) if draws else 0.0, top_p=float(how.get("top_p") or 1.0),
                       stop=tuple([stops] if isinstance(stops, str) else [stop for stop in stops if stop]), seed=0)

    def _fitting(self, context: str, new_tokens: int) -> str:
        """The context, cut on the left where it leaves no room for the answer."""
        (ids,) = pairs.ids(self._tokenizer, [context])
        room = max(self._bench.context - new_tokens, 1)
        return context if len(ids) <= room else str(self._tokenizer.decode(ids[-room:]))

    def _likelihoods(self, rows: Sequence[Rendered]) -> list[Any]:
        return self._bench.engine.likelihoods(rows, self._work.model) if rows else []


class SilentLM(LM):
    """A model that says nothing: with it, the harness shows what it would ask."""

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:  # noqa: ARG002
        """The turns, one below the other."""
        return "\n".join(str(turn["content"]) for turn in chat_history)

    def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        """Nothing is likelier than anything else."""
        return [(0.0, False) for _ in requests]

    def loglikelihood_rolling(self, requests: Sequence[Any]) -> list[float]:
        """Nor any text."""
        return [0.0 for _ in requests]

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Every answer is empty."""
        return ["" for _ in requests]
