import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest

from tunewright.core.errors import Fault
from tunewright.core.items import Item
from tunewright.evaluate.advise import Advice, Check
from tunewright.page.axis import places
from tunewright.page.write import render

HOSTILE = '</script></pre><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}<!--" onclick="x'


@pytest.fixture
def page(sample, tmp_path, parse):
    return parse(sample.text(tmp_path))


def hostile(sample, folder):
    """The sample with markup wherever a person or a model may write."""
    items = [Item(HOSTILE, HOSTILE, arm, ({"role": HOSTILE, "content": HOSTILE}, {"role": "user", "content": HOSTILE}),
                  "fine " + HOSTILE, f"{arm} {HOSTILE}", HOSTILE, {HOSTILE: 0.5}) for arm in ("base", "tuned")]
    rules = tuple(rule.model_copy(update={"sentence": HOSTILE, "rule": HOSTILE, "metric": HOSTILE})
                  for rule in sample.verdict.rules)
    origin = sample.dataset.origins[0].model_copy(update={"path": HOSTILE, "license": HOSTILE})
    metrics = tuple(metric.model_copy(update={"name": f"{HOSTILE}"}) for metric in sample.report.metrics[:4])
    return replace(
        sample.with_items(items, folder),
        recipe=sample.recipe.model_copy(update={"purpose": HOSTILE}),
        dataset=sample.dataset.model_copy(update={"origins": (origin,), "counts": {HOSTILE: 3}}),
        model=sample.model.model_copy(update={"base_name": HOSTILE, "metrics": {HOSTILE: 1.5}}),
        report=sample.with_items(items, folder).report.model_copy(update={"metrics": metrics}),
        verdict=sample.verdict.model_copy(update={"rules": rules, "outcome": "fail"}))


def test_the_page_is_well_formed(page):
    assert page.faults == []


def test_it_has_every_section_and_every_link_on_it_leads_somewhere(page):
    ids = [tag["id"] for _, tag in page.tags if "id" in tag]
    assert len(ids) == len(set(ids))
    assert {"verdict", "results", "training", "examples", "dataset", "model", "lineage"} <= set(ids)
    assert {tag["href"] for name, tag in page.tags if name == "a"} <= {f"#{name}" for name in ids}


def test_it_loads_nothing_from_anywhere(page):
    for name, tag in page.tags:
        assert name not in {"link", "iframe", "object", "embed", "img", "base", "form"}
        assert not {"src", "srcset", "action", "data", "xlink:href"} & set(tag)
    assert not re.search(r"https?:|//\w+\.|@import|url\(|fetch\(|XMLHttp|innerHTML", page.source)


def test_its_policy_admits_only_its_own_style_and_script(page):
    policy = next(tag["content"] for _, tag in page.tags if tag.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    for name in ("style", "script"):
        content = re.findall(f"<{name}>(.*?)</{name}>", page.source, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert len(content) == 1 and f"{name}-src 'sha256-{digest}'" in policy
    assert not [tag for _, tag in page.tags if "style" in tag or any(key.startswith("on") for key in tag)]


def test_headings_step_down_one_level_at_a_time(page):
    levels = [int(name[1]) for name, _ in page.tags if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_have_captions_and_headers_have_scopes(page):
    tables = re.findall("<table.*?</table>", page.source, re.DOTALL)
    assert tables and all("<caption" in table for table in tables)
    assert all(tag.get("scope") in {"row", "col"} for name, tag in page.tags if name == "th")


def test_drawings_have_titles_or_are_hidden_from_readers(page):
    drawings = [tag for name, tag in page.tags if name == "svg" and (tag.get("role") or tag.get("aria-hidden"))]
    titled = [tag for tag in drawings if tag.get("role") == "img"]
    assert len(re.findall("<svg[^>]*role=\"img\"[^>]*><title>[^<]+</title>", page.source)) == len(titled) > 20


def test_colour_is_never_the_only_sign(page):
    assert page.text.count("✓ right") and page.text.count("✕ wrong")
    assert {"better", "not told apart", "gained: only tuned is right", "lost: another arm is right"} <= {
        text.strip() for text in page.texts}


def test_every_rule_is_told_with_its_outcome_and_what_it_needs(sample, tmp_path, parse):
    rules = (*sample.verdict.rules, sample.verdict.rules[0].model_copy(
        update={"outcome": "undecided", "sentence": "It cannot be told yet.", "needs": 1240}))
    page = parse(replace(sample, verdict=sample.verdict.model_copy(
        update={"rules": rules, "outcome": "undecided"})).text(tmp_path))
    assert all(rule.sentence in page.text for rule in rules)
    assert "undecided" in page.text and "1,240" in page.text and "items needed" in page.text


def test_all_figures_of_the_report_stand_on_the_page(sample, page):
    for metric in sample.report.metrics:
        decimals = places([metric.value])
        assert f"{metric.value:.{decimals}f}" in page.text
        end = "or more" if metric.high > 1000 else f"to {metric.high:.{decimals}f}"
        assert f"{metric.low:.{decimals}f} {end}" in page.text


def test_digests_stand_whole_and_can_be_copied(sample, page):
    copied = [tag["data-copy"] for name, tag in page.tags if name == "button"]
    assert {sample.release.digest, sample.model.digest, sample.dataset.digest} <= set(copied)
    assert all(re.fullmatch("[0-9a-f]{64}", digest) and digest in page.text for digest in copied)


def test_origins_name_licence_basis_and_retention(page):
    for text in ("tickets.csv", "CC-BY-4.0", "contract", "2y", "legitimate interests", "not limited", "2,184"):
        assert text in page.text


def test_ten_examples_are_shown_and_can_be_filtered_by_suite(page):
    cases = [tag["data-suite"] for name, tag in page.tags if name == "li" and "data-suite" in tag]
    filters = [tag["value"] for name, tag in page.tags if name == "input"]
    assert len(cases) == 10 and filters == ["", "task", "general"] and set(cases) == {"task", "general"}


def test_hostile_content_is_shown_and_never_becomes_markup(sample, tmp_path, parse):
    page = parse(hostile(sample, tmp_path / "hostile").text(tmp_path))
    assert page.faults == []
    assert [name for name, _ in page.tags].count("script") == 1
    assert not [name for name, tag in page.tags if name == "img" or "onerror" in tag or "onclick" in tag]
    assert page.text.count(HOSTILE) >= 12 and "49" not in page.text.split("alert(2)>")[1][:12]


def test_equal_input_gives_equal_bytes(sample, tmp_path):
    one, two = (sample.write(tmp_path / name).read_bytes() for name in ("one.html", "two.html"))
    assert one == two


def test_records_read_back_from_the_store_give_the_same_page(sample, tmp_path):
    kept = {name: type(record).model_validate(sample.store.get_json(sample.store.put_record(record)))
            for name, record in vars(sample).items() if hasattr(record, "content")}
    again = replace(sample, **kept)
    assert again.write(tmp_path / "two.html").read_bytes() == sample.write(tmp_path / "one.html").read_bytes()


def test_the_least_run_has_a_page(sample, tmp_path, parse):
    metric = sample.report.metrics[0].model_copy(
        update={"name": "task/loss", "higher_is_better": False, "arm": "tuned"})
    bare = sample.with_items([Item("task", "1", "tuned", scores={"loss": 0.4})], tmp_path / "bare")
    (tmp_path / "empty").mkdir()
    page = parse(replace(
        bare, curve=[],
        report=bare.report.model_copy(update={"arms": ("tuned",), "metrics": (metric,), "differences": ()}),
        dataset=sample.dataset.model_copy(update={"files": sample.store.put_folder(tmp_path / "empty")}),
        verdict=sample.verdict.model_copy(update={"rules": ()})).text(tmp_path))
    assert page.faults == []
    for text in ("No training curve was kept", "Every arm gave the same answer", "The gate had no rule"):
        assert text in page.text


def test_a_page_that_cannot_be_written_is_one_sentence_and_leaves_nothing(sample, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Fault, match="cannot be written"):
        sample.write(tmp_path / "file" / "report.html")
    (tmp_path / "out" / "report.html").mkdir(parents=True)
    with pytest.raises(Fault, match="cannot be written"):
        sample.write(tmp_path / "out" / "report.html")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["report.html"]


def test_items_that_are_gone_are_a_fault(sample, tmp_path):
    lost = replace(sample, report=sample.report.model_copy(update={"items": "0" * 64}))
    with pytest.raises(Fault, match="not in the store"):
        lost.write(tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_importing_the_page_stays_light():
    code = "import sys, tunewright.page; sys.exit(bool({'torch', 'scipy', 'numpy', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_was_advised_before_the_training_and_what_answers_rest_on_are_shown(sample, tmp_path, parse):
    advice = Advice(name="support-desk", spec="1", base="2", dataset="3", arms=("base",), metrics=(), differences=(),
                    checks=(Check(question="how often knowledge changes", answer="weekly", says="look it up"),),
                    way="keep", arm="prompted", reasons=("prompted reaches <all> of it", "12 examples are few"))
    items = [Item("task", "1", "base", ({"role": "user", "content": "?"},), "yes", "no", None,
                  {"exact": 0.0, "nats": 7.77}, sources=("cards.md#2",)),
             Item("task", "1", "tuned", ({"role": "user", "content": "?"},), "yes", "yes", None, {"exact": 1.0})]
    shown = sample.with_items(items, tmp_path / "few")
    text = render(recipe=shown.recipe, dataset=shown.dataset, model=shown.model, report=shown.report,
                  verdict=shown.verdict, release=shown.release, store=shown.store, curve=shown.curve, advice=advice)
    page = parse(text)
    assert page.faults == []
    for told in ("do not fine-tune: keep arm prompted", "prompted reaches <all> of it", "look it up", "cards.md#2"):
        assert told in page.text
    assert "7.77" not in page.text
    assert "Advice" not in parse(sample.text(tmp_path)).text
