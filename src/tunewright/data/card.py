"""The dataset's card: Markdown with YAML metadata, as the Hugging Face hub reads it."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import yaml

from tunewright.core.examples import PARTS
from tunewright.core.records import Origin
from tunewright.data import balance, canaries, drafted, spans
from tunewright.data.compact import Compact, Numbers, codes
from tunewright.data.decisions import Decisions
from tunewright.data.gather import Gathered
from tunewright.data.prepare import SHAPES
from tunewright.data.quality import told
from tunewright.data.quality.told import Findings
from tunewright.data.spill import Spill
from tunewright.data.step import WHYS
from tunewright.recipe import DataSpec, SourceSpec, SplitSpec
from tunewright.recipe.data import SimilarSpec, TemplateSpec
from tunewright.recipe.source import ByColumn

CARD = "card.md"
"""Its file in the dataset's folder."""

SHOWN = 20
"""Most lines of a list; the files beside the card hold all."""

_HUB_LICENSES = {"apache-2.0", "mit", "cc-by-4.0", "cc-by-3.0", "cc-by-sa-4.0", "cc-by-sa-3.0", "cc-by-nc-4.0",
                 "cc-by-nc-sa-4.0", "cc0-1.0", "bsd-3-clause", "bsd-2-clause", "gpl-3.0", "odc-by", "pddl", "odbl",
                 "cdla-permissive-2.0", "unlicense"}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_BAR = 40
_PIECE = 65_536


@dataclass(frozen=True)
class Made:
    """All that is known about a dataset when its card is written."""

    name: str
    spec: DataSpec
    origins: tuple[Origin, ...]
    counts: dict[str, int]
    gathered: Gathered
    spill: Spill
    compact: Compact
    decisions: Decisions
    quality: Findings
    personal: Mapping[str, int]


def card(made: Made) -> str:
    """The card's whole text."""
    spec = made.spec
    metadata = _metadata(made.name, made.origins, made.counts)
    sections = [
        f"---\n{yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)}---",
        f"# {made.name}", _overview(spec, made.counts), "## Sources", _sources(spec, made.origins), "## Parts",
        _parts(made), "## Left out", *_left_out(made)]
    if any(origin.reviewed for origin in made.origins):
        sections += ["## Drafts", *drafted.told(made.origins, made.counts.get("share", 0))]
    if spec.split.stratify:
        sections += [f"## Labels (`{spec.split.stratify}`)", _labels(made)]
    sections.append(spans.section(spec.pii, made.personal, made.counts.get("pii", 0)))
    if made.quality.told:
        sections.append(told.section(made.quality))
    if spec.balance:
        sections.append(balance.section(spec.balance, made.decisions.balanced))
    if spec.canaries:
        sections.append(canaries.section(spec.canaries))
    sections += ["## Length", "Characters of each record, all turns together.", _histogram(made)]
    return "\n\n".join(sections) + "\n"


def _metadata(name: str, origins: Sequence[Origin], counts: dict[str, int]) -> dict[str, object]:
    licenses = sorted({one.license.lower() if one.license.lower() in _HUB_LICENSES else "other" for one in origins})
    size = next((word for limit, word in _SIZES if counts["records"] < limit), "1M<n<10M")
    files = [{"split": part, "path": f"{part}*.parquet"} for part in PARTS if counts[part]]
    # The hub's words for texts and labels that a model wrote.
    kinds = {one.reviewed.kind for one in origins if one.reviewed}
    made = {key: ["machine-generated"] for kind, key in (
        ("synthetic", "language_creators"), ("label", "annotations_creators")) if kind in kinds}
    return {"pretty_name": name, **made, "license": licenses[0] if len(licenses) == 1 else licenses,
            "size_categories": [size], "configs": [{"config_name": "default", "data_files": files}]}


def _overview(spec: DataSpec, counts: dict[str, int]) -> str:
    split = spec.split
    how = [f"seed {split.seed}"]
    how += [_grouped(split)]
    how += [f"proportions of `{split.stratify}` kept"] if split.stratify else []
    return (f"{counts['rows']:,} records read, {counts['records']:,} kept. Left out: duplicates "
            f"{counts['duplicates']:,}, leaks {counts['leaks']:,}, refused {counts['refused']:,}. Divided by hash: "
            f"{', '.join(how)}.")


def _grouped(split: SplitSpec) -> str:
    if isinstance(split.group, SimilarSpec):
        return f"records that are {split.group.similar:g} similar or more in what they ask stay together"
    if isinstance(split.group, TemplateSpec):
        return (f"records that are {split.group.template:g} similar or more in what they ask, names and numbers left "
                "out, stay together")
    return f"records of one `{split.group}` stay together" if split.group else "records that ask the same stay together"


def _sources(spec: DataSpec, origins: Sequence[Origin]) -> str:
    rows = [(f"`{one.path}`", source.format if isinstance(source.format, str) else " → ".join(
        f"`{column}`" for column in source.format.model_dump().values()), f"{one.rows:,}", one.license, _basis(source),
        f"`{source.subject}`" if source.subject else "not stated", _retention(source), source.part or "split",
        f"`{one.digest}`") for source, one in zip(spec.sources, origins, strict=True)]
    use = f"Meant for {spec.use} use.\n\n" if spec.use else ""
    return use + _table(("source", "format", "rows", "licence", "lawful basis", "subject", "retention", "part",
                         "digest"), rows)


def _basis(source: SourceSpec) -> str:
    consent = source.consent
    return f"{source.basis}: {_given(consent.reference)} of {_given(consent.date)}" if consent else source.basis


def _retention(source: SourceSpec) -> str:
    if source.retention is None:
        return "not stated"
    return f"{source.retention} from {_given(source.collected) if source.collected else 'a day that is not stated'}"


def _given(value: date | str | ByColumn) -> str:
    """A value of the source, or the column that holds each record's."""
    return f"`{value.column}`" if isinstance(value, ByColumn) else str(value)


def _parts(made: Made) -> str:
    rows = []
    for part in PARTS:
        numbers = made.decisions.kept(part)
        grouped = numbers[made.compact.grouped[numbers]]
        groups = len(np.unique(made.compact.unit[grouped]))
        rows.append((part, f"{len(numbers):,}", f"{groups:,}" if groups else "none",
                     f"`{_ids(made.spill, numbers)[:16]}`"))
    return _table(("part", "records", "groups", "digest of record ids"), rows)


def _ids(spill: Spill, numbers: Numbers) -> str:
    """SHA-256 over the ids of records, one a line."""
    state = hashlib.sha256()
    for begin in range(0, len(numbers), _PIECE):
        ids = spill.take(numbers[begin:begin + _PIECE], ["id"]).column("id").to_pylist()
        state.update("".join(f"{one}\n" for one in ids).encode())
    return state.hexdigest()


def _left_out(made: Made) -> Iterator[str]:
    yield (f"**Duplicates: {made.counts['duplicates']:,}.** Equal after Unicode NFC and collapsing white space, case "
           "kept; the first stays.")
    duplicates, near = made.spec.duplicates, made.decisions.left_out("near")
    if duplicates.near is not None:
        yield (f"**Near-duplicates in train: {len(near):,}.** What they ask, and what they answer, is "
               f"{_alike(made.spec)} to an earlier record; the first stays.")
    leaks = made.decisions.left_out("leak")
    nearly = "" if duplicates.near is None else f", or {_alike(made.spec)}"
    yield (f"**Leaks: {len(leaks):,}.** Records that ask what a part held out or a suite asks, the same but for case, "
           f"white space and outer punctuation{nearly}; they stay only there.")
    if len(leaks):
        yield _some([_leak(made, number) for number in leaks[:SHOWN].tolist()], len(leaks), "removed.jsonl")
    yield f"**Refused: {made.counts['refused']:,}.** Records that cannot be used."
    if made.counts["refused"]:
        reasons = made.gathered.reasons.most_common()
        yield _some([f"{count:,} × {reason}" for reason, count in reasons[:SHOWN]], len(reasons), "refused.jsonl")
    yield (f"**Questions with more than one answer: {_contradictions(made):,}.** They are kept: look at them if each "
           "should have one.")


def _leak(made: Made, number: int) -> str:
    same, similarity = int(made.decisions.same[number]), float(made.decisions.similarity[number])
    reason = made.decisions.reasons.get(number)
    if reason:
        return f"{_place(made, number)}: {reason}" + (f" ({_place(made, same)})" if same >= 0 else "")
    how = "equals" if similarity == 1 else f"is {similarity:.2f} similar to"
    return f"{_place(made, number)} {how} {_place(made, same)}"


def _alike(spec: DataSpec) -> str:
    unit, length = next(iter(spec.duplicates.shingle.model_dump().items()))
    return f"at least {spec.duplicates.near:g} similar (Jaccard, shingles of {length} {unit})"


def _place(made: Made, number: int) -> str:
    path, row = made.gathered.places.of(int(made.compact.source[number]), int(made.compact.row[number]))
    return f"row {row} of `{path}` ({PARTS[made.decisions.part[number]]})"


def _contradictions(made: Made) -> int:
    """Prompts that occur in kept records with more than one answer."""
    kept = made.decisions.kept()
    asked = kept[made.compact.shape[kept] != SHAPES.index("text")]
    return int((np.unique(made.compact.asks[asked], return_counts=True)[1] > 1).sum())


def _labels(made: Made) -> str:
    """How many records each label had as read and has in each part, most frequent first."""
    code, firsts = codes(made.compact.labelled)
    # A label that is the answer is a person's own words: none of one who withdrew is shown.
    before = np.bincount(code[made.decisions.why != WHYS.index("withdrawn")], minlength=len(firsts))
    after = {part: np.bincount(code[made.decisions.kept(part)], minlength=len(firsts)) for part in PARTS}
    shown = np.argsort(-before, kind="stable")[:min(2 * SHOWN, np.count_nonzero(before))]
    labels = made.spill.take(firsts[shown], ["label"]).column("label").to_pylist()
    rows = [(cell(label or "(none)"), f"{before[at]:,}", *(f"{after[part][at]:,}" for part in PARTS))
            for label, at in zip(labels, shown, strict=True)]
    rest = np.count_nonzero(before) - len(rows)
    table = _table(("label", "read", *PARTS), rows)
    return f"{table}\n\nand {rest:,} more labels" if rest > 0 else table


def _histogram(made: Made) -> str:
    """Text bars over lengths in powers of two, in characters."""
    lengths = made.compact.length[made.decisions.kept()]
    bins = Counter(max(length - 1, 0).bit_length() for length in lengths.tolist())
    most = max(bins.values(), default=1)
    shown = range(min(bins, default=0), max(bins, default=-1) + 1)
    bars = [f"≤ {2 ** at:>7,}  {bins[at]:>8,}  {'█' * -(-bins[at] * _BAR // most)}" for at in shown]
    return "```\n" + "\n".join(bars) + "\n```"


def _some(told: Sequence[str], all_: int, file: str) -> str:
    """The first of `all_` things as a list that says where the rest is."""
    rest = all_ - len(told)
    return "\n".join([*(f"- {_flat(one)}" for one in told), *([f"- and {rest:,} more in `{file}`"] if rest else [])])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def cell(text: str) -> str:
    """A text as it stands in a cell of a table."""
    flat = _flat(text).replace("|", "\\|")
    return flat if len(flat) <= 60 else f"{flat[:59]}…"


def _flat(text: str) -> str:
    return " ".join(text.split())
