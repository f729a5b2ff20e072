"""A judge is asked in the background: no look waits for it, nothing it says is kept but a figure, and what was
withdrawn is not shown to it."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "serve"))
sys.path.append(str(Path(__file__).parents[1] / "withdraw"))
from gateways import until
from judging import Judge
from world import World, people

from tunewright import verbs
from tunewright.core.home import Home
from tunewright.core.run import silent
from tunewright.monitor.background import MOST
from tunewright.monitor.judgements import Judges
from tunewright.monitor.sampled import Sampled
from tunewright.serve.audit import Audit
from tunewright.withdraw import Answers, withdraw


@pytest.fixture
def judge():
    made = Judge()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def judges(home, judge):
    made = Judges(home, "mira", silent)
    yield made
    judge.speaks.set()
    made.close()


def answer(number, user=None, text="a question"):
    return {"id": f"chatcmpl-{number}", "status": 200, "release": "desk@1", "user": user, "key": "",
            "prompt": [{"role": "user", "content": text}], "answer": ["an answer"], "at": "2026"}


def values(outcomes):
    return [outcome.value for outcome in outcomes]


def test_no_look_waits_for_a_judge_and_what_it_says_counts_at_a_later_one(home, judge, judges):
    sampled = Sampled(home, judge.spec, judges, silent)
    assert values(sampled.take(answer(1))) == []
    assert values(sampled.judged()) == []
    until(lambda: judge.shown)
    assert values(sampled.judged()) == [], "the judge is still thinking"
    judge.speaks.set()
    judges.settle()
    assert values(sampled.judged()) == [0.75]
    assert values(sampled.judged()) == []


def test_two_who_name_the_same_judge_share_what_it_says(home, judge, judges):
    judge.speaks.set()
    one, other = (Sampled(home, judge.spec, judges, silent) for _ in range(2))
    for sampled in (one, other):
        list(sampled.take(answer(1)))
        list(sampled.judged())
    judges.settle()
    assert values(one.judged()) == values(other.judged()) == [0.75]
    assert len(judge.shown) == 1


def test_of_a_judgement_only_the_figure_is_kept_and_nothing_is_asked_again(home, judge, judges):
    judge.speaks.set()
    first = Sampled(home, judge.spec, judges, silent)
    list(first.take(answer(1, text="my quokka is ill")))
    list(first.judged())
    judges.settle()
    kept = "".join(path.read_text() for path in home.path.rglob("*.jsonl"))
    assert "chatcmpl-1" in kept
    assert not any(word in path.read_bytes() for path in home.path.rglob("*") if path.is_file()
                   for word in (b"quokka", b"aardvark"))
    (path,) = (home.path / "judged").iterdir()
    path.write_text(path.read_text() + '{"id": "chatcmpl-2", "at": "2026", "fig')
    again = Sampled(home, judge.spec, Judges(home, "mira", silent), silent)
    assert values(again.take(answer(1))) == [0.75]
    assert len(judge.shown) == 1


def test_so_many_wait_and_no_more(judge, judges):
    wanted = [judges.of(judge.spec).want(answer(number)) for number in range(MOST + 5)]
    assert wanted == [True] * MOST + [False] * 5


def test_a_judge_that_cannot_be_asked_is_told_once_and_tried_again(home, judge):
    said = []
    judges = Judges(home, "mira", lambda _stage, text: said.append(text))
    sampled = Sampled(home, judge.spec, judges, silent)
    judge.status = 503
    judge.speaks.set()
    list(sampled.take(answer(1)))
    for _ in range(2):
        assert values(sampled.judged()) == []
        assert not judges.settle()
    assert [text for text in said if "cannot be asked" in text] == said[1:] and len(said) == 2
    judge.status = 200
    list(sampled.judged())
    assert judges.settle()
    assert values(sampled.judged()) == [0.75]
    judges.close()


def test_what_one_listener_took_in_at_once_is_new_to_the_others(home, judge, judges):
    first, second = (Sampled(home, judge.spec, judges, silent) for _ in range(2))
    judge.speaks.set()
    list(first.take(answer(1)))
    list(first.judged())
    until(lambda: judges.of(judge.spec).said)
    list(second.judged())
    assert judges.settle()
    assert values(first.judged()) == [0.75]
    assert not judges.settle()


def test_what_a_person_took_back_is_shown_to_no_judge(tmp_path, judge):
    world = World(tmp_path)
    world.dataset(people("ann", "bo"))
    judge.speaks.set()
    judges = Judges(world.home, "mira", silent)
    sampled = Sampled(world.home, judge.spec, judges, silent)
    withdraw(world.home, "ann", "mira", "asked")
    list(sampled.judged())
    for number, user in enumerate(("ann", "bo")):
        list(sampled.take(answer(number, user, f"what {user} asks")))
    list(sampled.judged())
    judges.settle()
    assert values(sampled.judged()) == [0.75]
    assert not any("what ann asks" in shown for shown in judge.shown)
    judges.close()


def test_what_is_taken_back_while_a_judge_thinks_is_not_kept_and_what_still_waits_is_not_shown(tmp_path, judge):
    world = World(tmp_path)
    world.dataset(people("ann", "bo"))
    judges = Judges(world.home, "mira", silent)
    sampled = Sampled(world.home, judge.spec, judges, silent)
    for number in range(40):
        user = "ann" if number in {0, 39} else "bo"
        list(sampled.take(answer(number, user, f"what {user} asks as number {number}")))
    list(sampled.judged())
    until(lambda: judge.shown)
    withdraw(world.home, "ann", "mira", "asked")
    list(sampled.judged())
    judge.speaks.set()
    judges.settle()
    assert len(values(sampled.judged())) == 38
    assert not any("number 39" in shown for shown in judge.shown)
    (path,) = (world.home.path / "judged").iterdir()
    assert len(path.read_text().splitlines()) == 38
    judges.close()


def test_if_the_key_of_withdrawals_is_lost_no_judge_is_shown_anything(tmp_path, judge):
    world, said = World(tmp_path), []
    world.dataset(people("ann", "bo"))
    withdraw(world.home, "ann", "mira", "asked")
    (world.home.path / "withdrawal.key").unlink()
    judges = Judges(world.home, "mira", silent)
    sampled = Sampled(world.home, judge.spec, judges, lambda _stage, text: said.append(text))
    list(sampled.take(answer(1)))
    list(sampled.judged())
    assert judge.shown == []
    assert len(said) == 1 and "is not asked" in said[0]


def test_a_withdrawal_tells_what_the_trail_holds_and_takes_the_figures_of_judges_away(tmp_path, judge):
    world = World(tmp_path)
    world.dataset(people("ann", "bo"))
    judge.speaks.set()
    judges, audit = Judges(world.home, "mira", silent), Audit(world.home, "mira")
    sampled = Sampled(world.home, judge.spec, judges, silent)
    for record in (answer(1, "ann"), answer(2, "bo"), {**answer(3, "ann"), "shadow_of": "x"}):
        audit.write(record)
        list(sampled.take(record))
    for number, told in enumerate(({"comment": "quokka"}, {"score": 1.0})):
        audit.write({"id": f"feedback-{number}", "at": "2026", "user": " ann", "of": "chatcmpl-1", "feedback": told})
    audit.close()
    list(sampled.judged())
    judges.close()
    (path,) = (world.home.path / "judged").iterdir()
    path.write_text(path.read_text() + '{"id": "chatcmpl-1')

    def withdrawn(**how):
        return verbs.withdraw("ann", why="asked", by="mira", home=world.home.path, **how).answers

    assert withdrawn(dry_run=True) == withdrawn(keep=True) == Answers(4, 3, 0)
    assert "chatcmpl-1" in path.read_text()
    assert withdrawn() == Answers(4, 3, 2), "the figure, and a line that a kill left half written"
    assert path.read_text() == '{"id": "chatcmpl-2", "at": "2026", "figure": 0.75}\n'


def test_a_trail_that_cannot_be_read_is_told_as_unknown(tmp_path):
    world = World(tmp_path)
    world.dataset(people("ann", "bo"))
    write(world.home, 1)
    (entry,) = world.home.ledger.entries(action="audit")
    shutil.rmtree(world.home.path / "audit")
    world.home.store.drop(entry.data["digest"])
    assert verbs.withdraw("ann", why="asked", by="mira", home=world.home.path).answers is None


def write(home, number):
    audit = Audit(home, "mira")
    audit.write(answer(number, "ann"))
    audit.close()
