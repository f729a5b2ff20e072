import html
import re
import time

from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.items import Item
from tunewright.page.examples import choose, differing, marked, show

ARMS = ("base", "tuned")
TEXTS = st.text(st.sampled_from("ab <>&\"'\n1."), max_size=40)


def items(number, base, tuned, *, suite="task", expected="yes", **more):
    return [Item(suite, f"{number:03d}", arm, ({"role": "user", "content": "?"},), expected, answer, **more)
            for arm, answer in (("base", base), ("tuned", tuned))]


def without(tag, text):
    text = re.sub(f"<{tag}>.*?</{tag}>", "", text, flags=re.DOTALL)
    return html.unescape(re.sub("</?(del|ins)>", "", text))


@given(TEXTS, TEXTS)
def test_corrections_read_as_the_answer_and_as_the_expected_text(expected, answer):
    shown = str(marked(expected, answer))
    assert without("ins", shown) == answer
    if "<del>" in shown or "<ins>" in shown:
        assert without("del", shown) == expected


def test_a_near_miss_is_marked_only_where_it_misses():
    assert marked("router R4 overheats", "router R14 overheats") == "router R<del>1</del>4 overheats"
    assert marked("the dock does not start", "the dock prints blank pages") == (
        "the dock <del>prints blank pages</del><ins>does not start</ins>")


def test_an_answer_that_has_nothing_in_common_stands_alone():
    assert marked("{\"product\":\"router\"}", "Sorry, I cannot <help>.") == "Sorry, I cannot &lt;help&gt;."


def test_items_that_all_arms_answer_alike_are_left_out():
    rows = [*items(1, "yes", "yes "), *items(2, "no", "yes")]
    assert [found.said[0].item for found in differing(rows, ARMS, "tuned")] == ["002"]


def test_items_without_an_answer_are_left_out():
    assert differing(items(1, None, None), ARMS, "tuned") == []


def test_a_case_says_whether_tuning_gained_lost_or_only_changed_it():
    rows = [*items(1, "no", "yes"), *items(2, "yes", "no"), *items(3, "no", "maybe")]
    assert [case.change for case in differing(rows, ARMS, "tuned")] == ["gained", "lost", "changed"]


def test_the_strictest_score_says_what_is_right():
    rows = [*items(1, "YES", "no", scores={"accuracy": 1.0}), *items(2, "yes", "no", scores={"all": 0.0})]
    assert [[answer.right for answer in show(found).answers] for found in differing(rows, ARMS, "tuned")] == [
        [True, True], [False, False]]


def test_the_task_comes_first():
    rows = [*items(1, "a", "b", suite="general"), *items(2, "a", "b")]
    assert [case.suite for case in differing(rows, ARMS, "tuned")] == ["task", "general"]


def test_ten_are_chosen_and_what_was_lost_is_among_them():
    rows = [row for number in range(100) for row in items(number, "no", "yes")] + items(200, "yes", "no")
    chosen = choose(differing(rows, ARMS, "tuned"))
    assert len(chosen) == 10
    assert sum(case.change == "lost" for case in chosen) == 1


def test_every_suite_has_its_turn():
    rows = [row for number in range(100) for row in items(number, "no", "yes")]
    rows += [row for number in range(3) for row in items(number, "no", "yes", suite="general")]
    assert [case.suite for case in choose(differing(rows, ARMS, "tuned"))].count("general") == 3


def test_the_barest_prompt_is_shown_and_what_came_before_it_apart():
    bare = ({"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"})
    rows = [Item("task", "1", "base", (*bare, {"role": "assistant", "content": "hi"}, bare[1]), "yes", "a"),
            Item("task", "1", "tuned", bare, "yes", "b")]
    case = show(differing(rows, ARMS, "tuned")[0])
    assert (case.prompt, case.before) == ("hello", (("system", "be brief"),))


def test_tool_calls_are_shown_as_json():
    prompt = ({"role": "assistant", "content": None, "tool_calls": [{"name": "lookup"}]},)
    rows = [Item("task", "1", arm, prompt, "yes", arm) for arm in ARMS]
    assert show(differing(rows, ARMS, "tuned")[0]).prompt == '{"tool_calls": [{"name": "lookup"}]}'


def test_endless_answers_are_cut_and_counted():
    case = show(differing(items(1, "x" * 2000, "yes"), ARMS, "tuned")[0])
    assert case.answers[0].shown.endswith("… (400 more characters)")


def test_endless_repetition_is_compared_in_no_time():
    started = time.process_time()
    assert without("ins", str(marked("?!!" * 533, "!?" * 800))) == "!?" * 800
    assert time.process_time() - started < 5


def test_an_answer_that_shares_only_punctuation_stands_alone():
    assert "<del>" not in marked('{"issue": "stray", "bike": "PZ-9005"}', '{"reference": "2555", "reference": "2-0"}')


def test_short_instructions_stand_open_and_long_ones_are_folded():
    def case(system):
        prompt = ({"role": "system", "content": system}, {"role": "user", "content": "stars fade"})
        return show(differing([Item("task", "1", arm, prompt, "2", arm) for arm in ARMS], ARMS, "tuned")[0])

    assert case("Count the words.").brief and not case("Count. " * 60).brief


def test_the_largest_disagreements_are_read_first():
    rows = [Item("task", str(at), arm, (), "right", "right" if arm == "base" else "wrong",
                 scores={"exact": float(arm == "base"), "f1": 1.0 if arm == "base" else at / 100})
            for at in range(60) for arm in ("base", "tuned")]
    chosen = choose(differing(rows, ("base", "tuned"), "tuned"), 5)
    assert [found.said[0].item for found in chosen] == ["0", "1", "2", "3", "4"]


def test_a_safety_item_is_right_by_its_own_scores_and_never_by_its_description():
    better = {"safety/refusal": True, "safety/injection": False, "safety/toxicity": False}

    def case(base, tuned):
        [found] = differing(
            [Item("safety", "1", arm, ({"role": "user", "content": "?"},), "declines", f"{arm} declines", scores=own)
             for arm, own in (("base", base), ("tuned", tuned))], ARMS, "tuned", better)
        return show(found)

    told = case({"refusal": 1.0, "toxicity": 0.0}, {"refusal": 0.0, "toxicity": 0.0})
    assert ([answer.right for answer in told.answers], told.change, told.heading) == (
        [True, False], "lost", "a good answer")
    assert not any("<ins>" in answer.shown or "<del>" in answer.shown for answer in told.answers)
    assert [answer.right for answer in case({"injection": 1.0}, {"injection": 0.0}).answers] == [False, True]
    unknown = case({}, {"refusal": 1.0})
    assert ([answer.right for answer in unknown.answers], unknown.change) == ([None, True], "changed")
