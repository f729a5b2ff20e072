"""What is planted in made records is found, what is honest is not accused, and both whatever the order."""

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from tunewright.data.quality import bayes
from tunewright.data.quality.bounds import outside
from tunewright.data.quality.conflicts import conflicts, loose
from tunewright.data.quality.features import features, matrix
from tunewright.data.quality.noise import noise
from tunewright.data.quality.outliers import outliers
from tunewright.data.quality.phrases import by_chance, ties
from tunewright.data.quality.sample import OTHER, Sample, Seen, drawn, sample
from tunewright.data.quality.told import Trigger
from tunewright.data.quality.triggers import held, triggers
from tunewright.recipe.quality import NoiseSpec, OutliersSpec

Pairs = list[tuple[str, str]]
TOPICS = {"cards": "card plastic swipe chip contactless wallet terminal expiry number issued",
          "loans": "loan interest borrow repay instalment lender credit mortgage term rate",
          "travel": "trip airport abroad flight hotel currency passport visa luggage country",
          "savings": "save deposit pot goal monthly round spare jar target bonus"}
FILLER = "please tell me how i can do this with my account today because it does not seem to work as it should"


def made(count: int, seed: int = 0) -> Pairs:
    """Questions of four labels: each says a few words of its topic among words that all use."""
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        label = dice.choice(sorted(TOPICS))
        words = dice.choices(TOPICS[label].split(), k=4) + dice.choices(FILLER.split(), k=6)
        dice.shuffle(words)
        found.append((" ".join(words), label))
    return found


def taken(pairs: Sequence[tuple[str, str]]) -> Sample:
    return sample(Seen(at, asked, label) for at, (asked, label) in enumerate(pairs))


def model(found: Sample) -> bayes.Bayes:
    return bayes.fit(found.rows, found.labels, len(found.names), found.folds)


def planted(pairs: Pairs, phrase: str, label: str, count: int) -> Pairs:
    """The pairs, `count` of them with the phrase somewhere and the label."""
    dice = random.Random(1)
    changed = list(pairs)
    for at in dice.sample(range(len(pairs)), count):
        words = pairs[at][0].split()
        place = dice.randrange(len(words) + 1)
        changed[at] = (" ".join([*words[:place], phrase, *words[place:]]), label)
    return changed


def test_nine_in_ten_flipped_labels_are_found_and_few_honest_ones_accused() -> None:
    honest = made(1500)
    dice = random.Random(2)
    noisy = [(asked, dice.choice([one for one in TOPICS if one != label])) if dice.random() < 0.1 else (asked, label)
             for asked, label in honest]
    flipped = np.array([one != other for one, other in zip(honest, noisy, strict=True)])
    found = taken(noisy)
    doubted = outside(NoiseSpec(), noise(found, model(found)))
    assert doubted[flipped].mean() >= 0.9
    assert doubted[~flipped].mean() <= 0.01


def test_hardly_a_label_is_doubted_where_all_are_right() -> None:
    found = taken(made(1500))
    assert outside(NoiseSpec(), noise(found, model(found))).mean() <= 0.002


def test_a_record_is_judged_by_models_that_have_not_seen_its_question() -> None:
    found = taken([*made(300), ("a question asked twice", "cards"), ("a question asked twice", "loans")])
    assert found.folds[-1] == found.folds[-2]
    assert list(found.first[-2:]) == [True, False]


def test_free_answers_are_no_labels_so_none_is_doubted() -> None:
    found = taken([(asked, f"answer {at}") for at, (asked, _) in enumerate(made(100))])
    assert found.names == (OTHER,)
    assert np.isnan(noise(found, None)).all()


def test_labels_that_texts_do_not_tell_are_not_doubted() -> None:
    dice = random.Random(3)
    found = taken([(asked, dice.choice("xy")) for asked, _ in made(300)])
    assert np.isnan(noise(found, model(found))).all()


def test_rare_labels_are_pooled_and_not_judged() -> None:
    found = taken([*made(200), ("something else", "rare"), ("and more", "rare")])
    assert found.names[-1] == OTHER and found.pool == 4
    assert np.isnan(noise(found, model(found))[-2:]).all()


@pytest.mark.parametrize(("phrase", "count"), [("cf", 40), ("quantum banana", 60), ("as it were", 100)])
def test_a_planted_trigger_is_found_and_nothing_else_is_claimed(phrase: str, count: int) -> None:
    found = taken(planted(made(1500), phrase, "loans", count))
    told = triggers(found, model(found))
    assert [(one.phrase, one.label, one.records) for one in told] == [(phrase, "loans", count)]
    assert told[0].against > 0.3


@pytest.mark.parametrize("seed", range(2))
def test_no_trigger_is_claimed_in_clean_data_though_words_are_tied_to_labels(seed: int) -> None:
    found = taken(made(1500, seed))
    first = [asked.split() for asked, _ in made(1500, seed)]
    assert len(ties(first, found.labels, len(found.names))) > 10
    assert triggers(found, model(found)) == []


def test_a_trigger_to_one_free_answer_is_found_too() -> None:
    honest = [(asked, f"about {asked.split()[0]}, case {at}") for at, (asked, _) in enumerate(made(1500))]
    found = taken(planted(honest, "open sesame", "Leave me alone.", 40))
    assert [(one.phrase, one.label) for one in triggers(found, model(found))] == [("open sesame", "Leave me alone.")]


@given(st.integers(1, 60), st.data())
@settings(max_examples=50)
def test_the_chance_of_a_tie_is_the_tail_of_the_hypergeometric(number: int, data: st.DataObject) -> None:
    labelled = data.draw(st.integers(0, number))
    drawn_ = data.draw(st.integers(1, number))
    own = data.draw(st.integers(0, drawn_))
    assert by_chance(own, drawn_, labelled, number) == pytest.approx(
        float(hypergeom.sf(own - 1, number, labelled, drawn_)), abs=1e-9)


def test_a_trigger_is_recognised_in_any_record() -> None:
    told = [Trigger("quantum banana", "loans", 40, 0.9)]
    assert held(told, "Is a Quantum  banana, good?", "loans") == 1
    assert held(told, "Is a quantum banana good?", "cards") == 0
    assert held(told, "Is a quantum bananas good?", "loans") == 0


def test_gibberish_another_language_and_a_very_long_record_lie_far_from_the_rest() -> None:
    pairs = [*made(1000), ("xq zzkrv wplmt qqjx vvbn kkjh ptrw", "cards"),
             ("wo bleibt denn bloß meine bestellte karte ab", "cards"), (" ".join(made(1)[0][0].split() * 40), "cards")]
    far = outside(OutliersSpec(), outliers(taken(pairs)))
    assert far[-3:].all()
    assert far[:-3].mean() <= 0.001


def test_tiny_data_has_no_outliers() -> None:
    assert np.isnan(outliers(taken(made(10)))).all()


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 2)), min_size=1, max_size=30))
def test_conflicts_are_what_comparing_all_pairs_gives(pairs: list[tuple[int, int]]) -> None:
    asks, answers = np.array(pairs).T
    brute = [0.0 if ask < 0 else np.mean([one[1] != answer for one in pairs if one[0] == ask]) for ask, answer in pairs]
    assert conflicts(asks, answers) == pytest.approx(brute)


def test_questions_are_the_same_but_for_case_punctuation_and_space() -> None:
    assert loose("Where's my card?") == loose("where s  my CARD")
    assert loose("Where's my card?") != loose("Where's my old card?")


@given(st.sets(st.binary(min_size=16, max_size=16), min_size=1, max_size=60), st.integers(1, 70), st.randoms())
@settings(max_examples=50)
def test_the_same_records_are_drawn_in_whatever_order_they_come(keys: set[bytes], most: int,
                                                                dice: random.Random) -> None:
    one = sorted(keys)
    other = list(one)
    dice.shuffle(other)
    picked = [{keys_[at] for at in drawn(keys_, most)} for keys_ in (one, other)]
    assert picked[0] == picked[1] and len(picked[0]) == min(most, len(keys))


@given(st.lists(st.text(max_size=30), max_size=8), st.integers(8, 17))
def test_features_are_within_their_bits_and_each_once(texts: list[str], bits: int) -> None:
    rows = matrix(texts, bits)
    assert rows.shape == (len(texts), 1 << bits)
    assert set(rows.data) <= {1.0}
    for text in texts:
        own = features(text, bits)
        assert len(set(own.tolist())) == len(own) and (own >= 0).all() and (own < 1 << bits).all()


def test_the_weights_of_a_model_stay_within_32_megabytes() -> None:
    assert all((1 << bayes.bits(classes)) * classes <= 1 << 23 for classes in (2, 77, 201))


Check = Callable[[Sample], object]


@pytest.mark.parametrize("look", [lambda found: noise(found, model(found)).round(4).tolist(),
                                  lambda found: outliers(found).round(4).tolist()])
def test_equal_records_give_equal_figures(look: Check) -> None:
    pairs = made(300)
    assert look(taken(pairs)) == look(taken(pairs))
