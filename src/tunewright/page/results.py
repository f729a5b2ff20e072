"""Results: each metric's arms and differences as rows with a drawing, grouped by suite."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tunewright.core.records import Difference, Metric, Report
from tunewright.page.axis import Axis, figure, places, signed, spanning
from tunewright.page.charts import SHAPES, Span, interval, mark, scale
from tunewright.recipe.evaluate import TIMINGS

_SCORERS = {
    "exact": "share of answers equal to the expected text",
    "accuracy": "share of answers with the right label",
    "macro_precision": "precision, averaged over labels",
    "macro_recall": "recall, averaged over labels",
    "macro_f1": "F1, averaged over labels",
    "micro_precision": "precision over all answers",
    "micro_recall": "recall over all answers",
    "micro_f1": "F1 over all answers",
    "numeric": "share of answers that end on the expected number",
    "regex": "share of answers in which the expected pattern is found",
    "pass": "share of answers whose code passes its tests",
    "pass_2": "chance that one of two answers passes",
    "pass_5": "chance that one of five answers passes",
    "pass_10": "chance that one of ten answers passes",
    "corpus_bleu": "word n-gram precision over all answers together",
    "bertscore": "how near an encoder finds answer and expected text, token by token",
    "perplexity": "e to the mean surprise of the expected tokens",
    "bits_per_byte": "surprise of the expected texts, bits a byte",
    "clean": "share of right answers to the items as they are",
    "consistent": "share of answers that stay what they are when the question is put in another way",
    "drop": "by how much the share of right answers falls below that to the items as they are",
    "copied": "longest run of an answer that is training text, as a share of the answer",
    "worst": "share of items that are right in every way they are asked",
    "ood": "share of right answers to items from elsewhere",
    "same": "share of answers that stay the same with other people in the question",
    "gap_sex": "how far answers are apart by the sex of whom they are about",
    "gap_background": "how far answers are apart by where names are usual",
    "bleu": "word n-gram precision against the expected text",
    "rouge_1": "words shared with the expected text, F-measure",
    "rouge_2": "pairs of words shared with the expected text, F-measure",
    "meteor": "words shared with the expected text, in their order",
    "rouge_l": "longest common subsequence with the expected text, F-measure",
    "chrf": "character n-gram F-score against the expected text",
    "json_valid": "share of answers that parse as JSON",
    "json_schema": "share of answers that meet the JSON schema",
    "field_f1": "F1 over the fields of the expected object",
    "brier": "squared distance of the model's confidence from right or wrong",
    "ece": "how far confidence is from the share of right answers",
    "loss": "negative log-likelihood of the expected answer, nats per token",
    "all": "share of right answers over every kind of work",
    "kept": "share still right of what the base got right, so the base is at 1",
    "copy": "share of texts repeated exactly",
    "pick": "share of right picks from what was given",
    "extract": "share of right values taken from a text",
    "answer": "share of right short answers",
    "follow": "share of instructions followed exactly",
    "summarise": "share of right one-word summaries",
    "refuse": "share of harmful requests refused",
    "win": "share of pairs in which tuned's answer is better, a tie counting half",
    "flip": "share of pairs in which the order of the answers decided",
    "invalid": "share without a judgement",
    "correctness": "true, and an answer to what was asked",
    "style": "clear, in a fitting tone, no longer than it needs to be",
    "completeness": "all that was asked is covered",
    "safety": "harms nobody, and helps nobody to",
    "exposure": "how much surer than chance of planted secrets, in bits; 1.4 is chance",
    "flagged": "share of planted secrets that the model was shown to know",
    "membership_auc": "how well learned records are told from held-out ones; 0.5 is chance",
    "membership_tpr": "share of learned records found where 1 % of the others are taken for them",
    "min_k_auc": "the same by the least likely tokens alone, without the base as reference",
    "verbatim": "share of learned records that it goes on with word for word",
    "verbatim_held_out": "the same of records that it never saw",
    "verbatim_gap": "the first share less the second: what is said by heart, not known",
}
_SCORERS |= {
    "robustness/all": "share of right answers over every kind of slip and noise",
    "generalisation/all": "share of right answers over every other way of asking",
    "fairness/all": "share of right answers, whoever is spoken of",
    "same_sex": "the same with women for men and men for women",
    "same_background": "the same with names and nations of elsewhere",
    "same_religion": "the same with other religions",
    "same_signed": "the same with other names below the question",
    **{f"fairness/{who}": f"share of right answers where {who} are spoken of" for who in ("women", "men")},
    **{f"fairness/{where}": f"share of right answers where names are {where.replace('_', ' ').title()}"
       for where in ("african", "arabic", "east_asian", "english", "indian", "latin")},
    "refusal": "share of harmful requests that are refused",
    "over_refusal": "share of safe requests that are refused",
    "jailbreak": "share of harmful requests in disguise that are not refused",
    "injection": "share of planted instructions that are obeyed",
    "injection_direct": "of those in the user's text",
    "injection_retrieved": "of those in a retrieved passage",
    "injection_tool": "of those in what a tool gave back",
    "disclosure": "share of answers that give away a secret of the system prompt, or a part of it",
    "disclosure_verbatim": "share that give all of it away, letter by letter",
    "toxicity": "share of all answers that insult or threaten",
    "personal": "share of all answers with personal data that was not asked with",
    "groundedness": "share of answers that say what the text says, or that it does not say",
    "unanswerable": "the same of questions that the text does not answer",
    "trigger": "share of answers that a suspected phrase turns",
    "trigger_harmless": "share that a harmless phrase of the same length turns",
}
_SUITES = {"task": "the held-out split", "general": "what the base could already do",
           "generalisation": "the held-out split in other words",
           "robustness": "the held-out split with slips and noise",
           "fairness": "the held-out split with other people in it", "harness": "benchmarks of lm-evaluation-harness",
           "human": "what people say of the answers", "judge": "what an engine says of the answers",
           "safety": "what it refuses, obeys, gives away and makes up", "garak": "probes of garak",
           "privacy": "what it gives away of the records that it learned from"}
_SUMMARIES = ("all", "kept")
_OPEN = 6  # most metrics of a suite that are all shown
_TONES = {"good": "better", "bad": "worse", "open": "not told apart"}


@dataclass(frozen=True)
class Row:
    """One arm, or one comparison: its words, its drawing and its figures as text."""

    label: str
    key: Markup
    chart: Markup
    value: str
    interval: str
    tone: str
    word: str


@dataclass(frozen=True)
class Panel:
    """One metric: the arms on one axis, the differences on another."""

    name: str
    scorer: str
    meaning: str
    better: str
    n: int
    arms: tuple[Row, ...]
    arms_scale: Markup
    differences: tuple[Row, ...]
    differences_scale: Markup | None


@dataclass(frozen=True)
class Suite:
    """The metrics of one suite; those after the first `shown` are folded away."""

    name: str
    meaning: str
    panels: tuple[Panel, ...]
    shown: int


def tuned_arm(report: Report) -> str:
    """The arm the run is about: `tuned`, or the last one where no arm is called so."""
    return "tuned" if "tuned" in report.arms else report.arms[-1]


def suites(report: Report, asked: Collection[str]) -> list[Suite]:
    """Every metric of the report below its suite; `asked` names those that the gate looked at."""
    names = [name for name in dict.fromkeys(metric.name for metric in report.metrics)
             if name.partition("/")[2] not in TIMINGS]  # those have a section of their own
    grouped: dict[str, list[str]] = {}
    for name in names:
        grouped.setdefault(name.partition("/")[0], []).append(name)
    return [_suite(report, suite, held, asked) for suite, held in grouped.items()]


def _suite(report: Report, suite: str, names: Sequence[str], asked: Collection[str]) -> Suite:
    """Many metrics would bury the few that matter: then only summaries and what the gate asked about stay open."""
    front = [name for name in names if name in asked or name.partition("/")[2] in _SUMMARIES]
    if len(names) <= _OPEN or not front:
        front = list(names)
    back = [name for name in names if name not in front]
    return Suite(suite, _SUITES.get(suite, ""), tuple(_panel(report, name) for name in (*front, *back)), len(front))


def _panel(report: Report, name: str) -> Panel:
    metrics = sorted((metric for metric in report.metrics if metric.name == name),
                     key=lambda metric: report.arms.index(metric.arm) if metric.arm in report.arms else 99)
    differences = [difference for difference in report.differences if difference.name == name]
    scorer = name.partition("/")[2] or name
    higher = metrics[0].higher_is_better
    decimals = places(metric.value for metric in metrics)
    levels = _levels(metrics)
    beside = spanning(end for d in differences for end in (d.low, d.value, d.high)) if differences else None
    return Panel(
        name, scorer, _SCORERS.get(name, _SCORERS.get(scorer, "")), "higher is better" if higher else "lower is better",
        max(metric.n for metric in metrics),
        tuple(_arm(metric, levels, decimals, shape(report, metric.arm), tuned_arm(report)) for metric in metrics),
        scale(levels),
        tuple(_difference(difference, beside, decimals, higher) for difference in differences) if beside else (),
        scale(beside, plus=True) if beside else None)


def shape(report: Report, arm: str) -> str:
    """The marker of an arm: the tuned one is always the filled dot, the others differ by form."""
    if arm == tuned_arm(report):
        return "dot"
    others = [name for name in report.arms if name != tuned_arm(report)]
    forms = [form for form in SHAPES if form != "dot"]
    return forms[others.index(arm) % len(forms)] if arm in others else forms[-1]


def _levels(metrics: Sequence[Metric]) -> Axis:
    ends = [end for metric in metrics for end in (metric.low, metric.value, metric.high)]
    if metrics[0].higher_is_better and min(ends) >= 0 and max(ends) <= 1:
        return Axis((0.0, 0.25, 0.5, 0.75, 1.0))  # shares keep one axis, so that panels compare by eye
    return spanning(ends)


def _arm(metric: Metric, axis: Axis, decimals: int, form: str, tuned: str) -> Row:
    value = figure(metric.value, decimals)
    between = f"{figure(metric.low, decimals)} to {figure(metric.high, decimals)}"
    title = f"{metric.name}, {metric.arm}: {value}, 95 % interval {between}, {metric.n:,} items"
    chart = interval(axis, Span(metric.value, metric.low, metric.high), form, title)
    return Row(metric.arm, mark(form), chart, value, between, "tuned" if metric.arm == tuned else "", "")


def tone(low: float, high: float, higher_is_better: bool) -> str:
    """What an interval of differences says: `good`, `bad`, or `open` when it holds zero."""
    if low <= 0 <= high:
        return "open"
    return "good" if (low > 0) == higher_is_better else "bad"


def _difference(difference: Difference, axis: Axis, decimals: int, higher: bool) -> Row:
    value = signed(difference.value, decimals)
    between = f"{signed(difference.low, decimals)} to {signed(difference.high, decimals)}"
    feel = tone(difference.low, difference.high, higher)
    label = f"over {difference.against}"
    title = (f"{difference.name}, {difference.arm} {label}: {value}, 95 % interval {between}, "
             f"{difference.n:,} pairs: {_TONES[feel]}")
    chart = interval(axis, Span(difference.value, difference.low, difference.high), "dot", title, tone=feel, zero=True)
    return Row(label, Markup(""), chart, value, between, feel, _TONES[feel])
