"""The dataset's card: Markdown with YAML metadata, as the Hugging Face hub reads it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import yaml

from tunewright.core.digest import digest_json
from tunewright.core.examples import PARTS, Example, Part
from tunewright.core.records import Origin
from tunewright.data.prune import Kept, Removed
from tunewright.data.records import Harvest
from tunewright.recipe import DataSpec

SHOWN = 20
"""Most lines of a list; the files beside the card hold all."""

_HUB_LICENSES = {"apache-2.0", "mit", "cc-by-4.0", "cc-by-3.0", "cc-by-sa-4.0", "cc-by-sa-3.0", "cc-by-nc-4.0",
                 "cc-by-nc-sa-4.0", "cc0-1.0", "bsd-3-clause", "bsd-2-clause", "gpl-3.0", "odc-by", "pddl", "odbl",
                 "cdla-permissive-2.0", "unlicense"}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_BAR = 40


def card(name: str, spec: DataSpec, origins: Sequence[Origin], counts: dict[str, int], found: Harvest,
         kept: Kept) -> str:
    """The card's whole text."""
    sections = [
        f"---\n{yaml.safe_dump(_metadata(name, origins, counts), sort_keys=False, allow_unicode=True)}---",
        f"# {name}", _overview(spec, counts), "## Sources", _sources(spec, origins), "## Parts",
        _parts(kept), "## Left out", *_left_out(spec, counts, found, kept)]
    if spec.split.stratify:
        sections += [f"## Labels (`{spec.split.stratify}`)", _labels(found, kept)]
    sections += ["## Length", "Characters of each record, all turns together.", _histogram(kept)]
    return "\n\n".join(sections) + "\n"


def _metadata(name: str, origins: Sequence[Origin], counts: dict[str, int]) -> dict[str, object]:
    licenses = sorted({one.license.lower() if one.license.lower() in _HUB_LICENSES else "other" for one in origins})
    size = next((word for limit, word in _SIZES if counts["records"] < limit), "1M<n<10M")
    files = [{"split": part, "path": f"{part}.parquet"} for part in PARTS if counts[part]]
    return {"pretty_name": name, "license": licenses[0] if len(licenses) == 1 else licenses,
            "size_categories": [size], "configs": [{"config_name": "default", "data_files": files}]}


def _overview(spec: DataSpec, counts: dict[str, int]) -> str:
    split = spec.split
    how = [f"seed {split.seed}"]
    how += [f"records of one `{split.group}` stay together"] if split.group else ["records that ask the same stay "
                                                                                   "together"]
    how += [f"proportions of `{split.stratify}` kept"] if split.stratify else []
    return (f"{counts['rows']:,} records read, {counts['records']:,} kept. Left out: duplicates "
            f"{counts['duplicates']:,}, leaks {counts['leaks']:,}, refused {counts['refused']:,}. Divided by hash: "
            f"{', '.join(how)}.")


def _sources(spec: DataSpec, origins: Sequence[Origin]) -> str:
    rows = [(f"`{one.path}`", source.format if isinstance(source.format, str) else " → ".join(
        f"`{column}`" for column in source.format.model_dump().values()), f"{one.rows:,}", one.license, one.basis,
        one.retention or "not stated", source.part or "split", f"`{one.digest}`")
        for source, one in zip(spec.sources, origins, strict=True)]
    return _table(("source", "format", "rows", "licence", "lawful basis", "retention", "part", "digest"), rows)


def _parts(kept: Kept) -> str:
    rows = []
    for part in PARTS:
        examples = _examples(kept, part)
        groups = {example.group for example in examples if example.group}
        rows.append((part, f"{len(examples):,}", f"{len(groups):,}" if groups else "none",
                     f"`{digest_json([example.id for example in examples])[:16]}`"))
    return _table(("part", "records", "groups", "digest of record ids"), rows)


def _left_out(spec: DataSpec, counts: dict[str, int], found: Harvest, kept: Kept) -> Iterator[str]:
    yield (f"**Duplicates: {counts['duplicates']:,}.** Equal after Unicode NFC and collapsing white space, case kept; "
           "the first stays.")
    leaks = [one for one in kept.removed if one.why == "leak"]
    yield f"**Leaks: {len(leaks):,}.** Records that equal one of a part held out; they stay only there."
    if leaks:
        yield _some([_leak(spec, one) for one in leaks], "removed.jsonl")
    yield f"**Refused: {len(found.refused):,}.** Records that cannot be used."
    if found.refused:
        reasons = Counter(f"`{one.field}` {one.reason}" for one in found.refused)
        yield _some([f"{count:,} × {reason}" for reason, count in reasons.most_common()], "refused.jsonl")
    yield (f"**Questions with more than one answer: {_contradictions(kept):,}.** They are kept: look at them if each "
           "should have one.")


def _leak(spec: DataSpec, one: Removed) -> str:
    example, same = one.record.example, one.same.example
    return (f"row {example.row} of `{spec.sources[example.source].path}` ({one.part}) equals row {same.row} of "
            f"`{spec.sources[same.source].path}` ({one.same_part})")


def _contradictions(kept: Kept) -> int:
    """Prompts that occur in kept records with more than one answer."""
    asked = Counter(record.prompt for records in kept.parts.values() for record in records
                    if record.example.text is None)
    return sum(count > 1 for count in asked.values())


def _labels(found: Harvest, kept: Kept) -> str:
    """How many records each label had as read and has in each part, most frequent first."""
    before = _count(record.example for record in found.records)
    after = {part: _count(_examples(kept, part)) for part in PARTS}
    rows = [(_cell(label), f"{count:,}", *(f"{after[part][label]:,}" for part in PARTS))
            for label, count in before.most_common(2 * SHOWN)]
    rest = len(before) - len(rows)
    table = _table(("label", "read", *PARTS), rows)
    return f"{table}\n\nand {rest:,} more labels" if rest > 0 else table


def _histogram(kept: Kept) -> str:
    """Text bars over lengths in powers of two, in characters."""
    lengths = [_length(record.example) for records in kept.parts.values() for record in records]
    bins = Counter(max(length - 1, 0).bit_length() for length in lengths)
    most = max(bins.values(), default=1)
    shown = range(min(bins, default=0), max(bins, default=-1) + 1)
    bars = [f"≤ {2 ** at:>7,}  {bins[at]:>8,}  {'█' * -(-bins[at] * _BAR // most)}" for at in shown]
    return "```\n" + "\n".join(bars) + "\n```"


def _length(example: Example) -> int:
    turns = (*example.messages, *example.prompt, *example.chosen, *example.rejected)
    return len(example.text or "") + sum(len(turn["content"]) for turn in turns)


def _examples(kept: Kept, part: Part) -> list[Example]:
    return [record.example for record in kept.parts[part]]


def _count(examples: Iterable[Example]) -> Counter[str]:
    return Counter(example.label or "(none)" for example in examples)


def _some(told: Sequence[str], file: str) -> str:
    rest = len(told) - SHOWN
    return "\n".join([*(f"- {_flat(one)}" for one in told[:SHOWN]),
                      *([f"- and {rest:,} more in `{file}`"] if rest > 0 else [])])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _cell(text: str) -> str:
    flat = _flat(text).replace("|", "\\|")
    return flat if len(flat) <= 60 else f"{flat[:59]}…"


def _flat(text: str) -> str:
    return " ".join(text.split())
