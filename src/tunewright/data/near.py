"""Records that ask nearly the same: the examination in the training part, and training records learned twice.

Workers keep a sketch of what each record asks (data/asked.py). Once every record has its part, those that resemble each
other are found and compared. Nothing is left out on a guess: each finding names the other record and how similar it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import shorten

import numpy as np
import pyarrow as pa

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS
from tunewright.data.alike import plain_of
from tunewright.data.asked import answered, asked, plain
from tunewright.data.compact import Compact, Numbers
from tunewright.data.decisions import Decisions
from tunewright.data.places import Places
from tunewright.data.spill import Spill
from tunewright.recipe import DataSpec
from tunewright.recipe.duplicates import DuplicatesSpec
from tunewright.similar import Pairs, Tell, banding, compare, search, shingles, signatures, untold

SUITE = len(PARTS)
"""The part of what a suite asks: held out of training like test, but no record of ours."""


@dataclass(frozen=True)
class Examined:
    """A question of a suite that the recipe evaluates with: training must not hold it."""

    suite: str
    text: str


def near(compact: Compact, spill: Spill, decisions: Decisions, spec: DataSpec, suites: Sequence[Examined],
         places: Places, tell: Tell = untold) -> None:
    """Leave out of train what validation, test or a suite asks too, and of near-duplicates in train all but the first.

    Of validation too what test asks. `tell` is told how far the search is. Raises Fault if the recipe wants to stop at
    leaks, or if half of train would go.
    """
    training, threshold = len(decisions.kept("train")), spec.duplicates.near
    _leave_out_equal(spill, decisions, suites)
    if threshold is not None:
        rows = _Rows(spill, suites, np.concatenate([decisions.kept(part) for part in reversed(PARTS)]))
        front = len(rows.numbers) + len(suites) - len(decisions.kept("train"))
        pairs = search(rows.bands(spec.duplicates, threshold), rows.asks, spec.duplicates.shingle, threshold, front,
                       tell)
        found = _chosen(_judged(pairs, rows, decisions, spec.duplicates, threshold))
        if found and 2 * len(found) >= training:
            raise Fault(_too_many(len(found), training, threshold))
        _leave_out(found, rows, decisions)
    leaks = decisions.left_out("leak")
    if len(leaks) and spec.duplicates.leaks == "fail":
        raise Fault(_stopped(leaks, compact, decisions, places))


def _leave_out_equal(spill: Spill, decisions: Decisions, suites: Sequence[Examined]) -> None:
    """Leaks of questions that are the same but for case, white space and outer punctuation."""
    asks = plain_of(spill)
    for held in (SUITE, *reversed(range(1, len(PARTS)))):
        numbers = decisions.kept()
        part = decisions.part[numbers]
        if held == SUITE:
            keys, holders = np.array([plain(one.text) for one in suites], "S16"), np.arange(len(suites))
            learned = numbers[part == 0]
        else:
            holders = numbers[part == held]
            keys, learned = asks[holders], numbers[part < held]
        keys, holders = keys[keys != b""], holders[keys != b""]
        if not len(keys):
            continue
        known, first = np.unique(keys, return_index=True)
        at = np.minimum(np.searchsorted(known, asks[learned]), len(known) - 1)
        same = known[at] == asks[learned]
        leaks, holder = learned[same], holders[first[at[same]]]
        decisions.leave_out(leaks, "leak", holder if held != SUITE else None)
        if held == SUITE:
            decisions.reasons.update((number, _examined(suites[one], 1.0)) for number, one in zip(
                leaks.tolist(), holder.tolist(), strict=True))


@dataclass(frozen=True)
class _Rows:
    """The rows that are searched: questions of suites, then records (their numbers), who stays before who goes."""

    spill: Spill
    suites: Sequence[Examined]
    numbers: Numbers

    def bands(self, spec: DuplicatesSpec, threshold: float) -> Numbers:
        """The bands of every row: uint32 of rows x bands."""
        before, wide = len(self.suites), banding(threshold).bands
        found: Numbers = np.zeros((before + len(self.numbers), wide), np.uint32)
        found[:before] = _bands([one.text for one in self.suites], spec, threshold)
        place: Numbers = np.full(len(self.spill), -1, np.int64)
        place[self.numbers] = np.arange(before, len(found))
        for start, batch in self.spill.batches():
            at = place[start:start + batch.num_rows]
            held = batch.column("bands").filter(pa.array(at >= 0))
            found[at[at >= 0]] = np.frombuffer(held.buffers()[2] or b"", np.uint32).reshape(-1, wide)
        return found

    def parts(self, decisions: Decisions) -> Numbers:
        """The part of every row."""
        return np.concatenate((np.full(len(self.suites), SUITE, np.int8), decisions.part[self.numbers]))

    def asks(self, rows: Numbers) -> list[str]:
        """What rows ask."""
        before = int(np.searchsorted(rows, len(self.suites)))
        return [*(self.suites[row].text for row in rows[:before].tolist()),
                *map(asked, self.spill.examples(self.numbers[rows[before:] - len(self.suites)]))]

    def answers(self, rows: Numbers) -> list[str]:
        """What rows answer; none of them is a suite's."""
        return list(map(answered, self.spill.examples(self.numbers[rows - len(self.suites)])))


@dataclass(frozen=True)
class _Finding:
    """A row to leave out, the row it resembles, and how similar they are."""

    row: int
    same: int
    leak: bool
    similarity: float


def _bands(texts: Sequence[str], spec: DuplicatesSpec, threshold: float) -> Numbers:
    return signatures(shingles(texts, spec.shingle), banding(threshold))


def _judged(pairs: Pairs, rows: _Rows, decisions: Decisions, spec: DuplicatesSpec,
            threshold: float) -> Iterator[_Finding]:
    """What each pair would leave out: the learned one of a leak, the later one of two in train that answer alike too.

    In the order of the rows; of one row leaks first, then by similarity.
    """
    part = rows.parts(decisions)
    later, earlier = part[pairs.later], part[pairs.earlier]
    leak = (earlier > later) & ((earlier != SUITE) | (later == 0))
    twice = np.flatnonzero((earlier == 0) & (later == 0))
    similarity = pairs.similarity.copy()
    similarity[twice] = np.minimum(similarity[twice], compare(
        pairs.later[twice], pairs.earlier[twice], rows.answers, spec.shingle, threshold))
    meant: Numbers = leak.copy()
    meant[twice] = similarity[twice] >= threshold
    order = np.lexsort((pairs.earlier, -similarity, ~leak, pairs.later))
    for at in order[meant[order]].tolist():
        yield _Finding(int(pairs.later[at]), int(pairs.earlier[at]), bool(leak[at]), float(similarity[at]))


def _chosen(findings: Iterable[_Finding]) -> dict[int, _Finding]:
    """At most one finding a row, and none whose other row is left out itself."""
    chosen: dict[int, _Finding] = {}
    for one in findings:
        if one.row not in chosen and one.same not in chosen:
            chosen[one.row] = one
    return chosen


def _leave_out(found: dict[int, _Finding], rows: _Rows, decisions: Decisions) -> None:
    before = len(rows.suites)
    for leak, why in ((True, "leak"), (False, "near")):
        some = [one for one in found.values() if one.leak is leak]
        same = np.array([rows.numbers[one.same - before] if one.same >= before else -1 for one in some], np.int64)
        decisions.leave_out(rows.numbers[np.array([one.row - before for one in some], np.int64)], why, same,
                            np.array([one.similarity for one in some]))
    decisions.reasons.update((int(rows.numbers[one.row - before]), _examined(rows.suites[one.same], one.similarity))
                             for one in found.values() if one.same < before)


def _examined(question: Examined, similarity: float) -> str:
    how = "asks what" if similarity == 1 else f"is {similarity:.2f} similar to what"
    return f"{how} suite `{question.suite}` asks: {shorten(question.text, 80, placeholder=' …')}"


def _too_many(found: int, training: int, threshold: float) -> str:
    return (f"data.duplicates.near: {threshold:g} would leave {found:,} of {training:,} records out of train: put what "
            "they share, such as a long instruction, into `system`, or raise `near`, or compare `{words: 5}`.")


def _stopped(leaks: Numbers, compact: Compact, decisions: Decisions, places: Places) -> str:
    def place(number: int) -> str:
        return "{}, row {}".format(*places.of(int(compact.source[number]), int(compact.row[number])))

    first = int(leaks[0])
    same = int(decisions.same[first])
    other = place(same) if same >= 0 else decisions.reasons.get(first, "a suite")
    records = f"{len(leaks):,} record{'s' * (len(leaks) != 1)}"
    return (f"{records} would be learned and examined, the first {place(first)} ({other}): take such records out, or "
            "set `data.duplicates.leaks: drop`.")
