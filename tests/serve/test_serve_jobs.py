"""OpenAI's client fine-tunes here as it would there: only the address changes."""

import json
import sys
import threading
from pathlib import Path

import httpx
import openai
import pytest
from gateways import running

sys.path.append(str(Path(__file__).parents[1] / "pipeline"))
from kitchen import write_kitchen

from tunewright import registry
from tunewright.core.home import Home
from tunewright.engine.fake import FakeEngine
from tunewright.serve.keys import create
from tunewright.tuning import read, service
from tunewright.tuning.work import work

ROWS = "".join(json.dumps({"messages": [
    {"role": "user", "content": f"w{number}" + "x" * (number % 7)},
    {"role": "assistant", "content": "long" if number % 7 > 3 else "short"}]}) + "\n" for number in range(60))


@pytest.fixture
def home(tmp_path) -> Home:
    made = Home(tmp_path / ".tunewright")
    made.path.mkdir()
    return made


@pytest.fixture
def template(tmp_path):
    return read(write_kitchen(tmp_path))


@pytest.fixture
def gateway(home, template):
    with running(home, FakeEngine(), service=service(home, template)) as made:
        yield made


def upload(client, text=ROWS, name="rows.jsonl"):
    return client.files.create(file=(name, text.encode()), purpose="fine-tune")


def test_a_file_goes_up_is_listed_read_and_deleted(gateway):
    made = upload(gateway.client, name="../../etc/rows.jsonl")
    assert (made.filename, made.bytes, made.purpose) == ("rows.jsonl", len(ROWS), "fine-tune")
    assert [file.id for file in gateway.client.files.list()] == [made.id]
    assert gateway.client.files.content(made.id).text == ROWS
    assert gateway.client.files.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError, match="no file is called"):
        gateway.client.files.retrieve(made.id)


@pytest.mark.slow
def test_a_job_becomes_a_model_that_can_be_asked(home, template, gateway):
    client = gateway.client
    job = client.fine_tuning.jobs.create(model="base", training_file=upload(client).id, suffix="Desk", seed=3, method={
        "type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 1}}})
    assert (job.status, job.seed, job.method.type) == ("queued", 3, "supervised")
    work(home, template, threading.Event(), once=True)
    done = client.fine_tuning.jobs.retrieve(job.id)
    assert (done.status, done.fine_tuned_model) == ("succeeded", "desk@1"), done.error
    assert done.trained_tokens > 0
    assert client.fine_tuning.jobs.list_events(job.id).data[0].message.startswith("the gate passed")
    assert client.fine_tuning.jobs.checkpoints.list(job.id).data[0].fine_tuned_model_checkpoint == "desk@1"
    assert gateway.ask("desk@1").system_fingerprint.startswith("desk@1-")
    assert [one.id for one in client.fine_tuning.jobs.list()] == [job.id]
    assert registry.status(home, "desk")[0].status == "candidate"


def test_a_job_is_paused_resumed_and_cancelled(gateway):
    jobs = gateway.client.fine_tuning.jobs
    job = jobs.create(model="base", training_file=upload(gateway.client).id)
    assert jobs.pause(job.id).status == "paused"
    assert jobs.resume(job.id).status == "queued"
    assert jobs.cancel(job.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="is cancelled: only queued or running ones can be paused"):
        jobs.pause(job.id)


def test_pairs_make_a_dpo_job(gateway):
    pair = {"input": {"messages": [{"role": "user", "content": "a"}]},
            "preferred_output": [{"role": "assistant", "content": "b"}],
            "non_preferred_output": [{"role": "assistant", "content": "c"}]}
    job = gateway.client.fine_tuning.jobs.create(
        model="base", training_file=upload(gateway.client, json.dumps(pair)).id,
        method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2}}})
    assert job.method.dpo.hyperparameters.beta == 0.2


@pytest.mark.parametrize(("asked", "said"), [
    ({"model": "gpt-4o"}, "jobs here start from base"), ({"training_file": "file-none"}, "no file is called"),
    ({"suffix": "!!!"}, "a letter or a digit"), ({"seed": -1}, "seed"),
    ({"method": {"type": "reinforcement"}}, "method.type"),
    ({"hyperparameters": {"n_epochs": -1}}, "n_epochs: it is `auto` or a whole number from 1 to 50"),
    ({"method": {"type": "supervised", "supervised": {"hyperparameters": {"batch_size": "many"}}}},
     "method.supervised.hyperparameters.batch_size: it is `auto` or a whole number from 1 to 256"),
    ({"hyperparameters": {"n_epochs": 1.5}}, "n_epochs: it is `auto` or a whole number from 1 to 50"),
    ({"hyperparameters": {"batch_size": 0}}, "batch_size: it is `auto` or a whole number from 1 to 256"),
    ({"hyperparameters": {"learning_rate_multiplier": -1}}, "it is `auto` or a number above 0, 100 at most"),
    ({"method": {"type": "dpo"}}, "line 1: it has no `input`, which a line for method dpo needs")])
def test_a_job_that_cannot_be_is_refused_with_its_field(gateway, asked, said):
    with pytest.raises(openai.BadRequestError, match=said):
        gateway.client.fine_tuning.jobs.create(**{"model": "base", "training_file": upload(gateway.client).id, **asked})


def test_a_field_that_is_null_is_as_one_that_is_left_out(gateway):
    file = upload(gateway.client).id
    left_out = gateway.client.fine_tuning.jobs.create(model="base", training_file=file)
    for method in (None, {"type": "supervised", "supervised": None},
                   {"type": "supervised", "supervised": {"hyperparameters": None}}):
        job = gateway.client.fine_tuning.jobs.create(model="base", training_file=file, extra_body={
            "method": method, "hyperparameters": None, "suffix": None, "seed": None, "integrations": None})
        assert (job.method, job.seed) == (left_out.method, left_out.seed)


def test_a_file_that_is_to_delete_itself_is_refused_rather_than_kept(gateway):
    with pytest.raises(openai.UnprocessableEntityError, match="expires_after is not offered"):
        gateway.client.files.create(file=("rows.jsonl", ROWS.encode()), purpose="fine-tune",
                                    expires_after={"anchor": "created_at", "seconds": 3600})
    assert list(gateway.client.files.list()) == []


def test_a_file_that_an_open_job_needs_stays(gateway):
    file = upload(gateway.client)
    gateway.client.fine_tuning.jobs.create(model="base", training_file=file.id)
    with pytest.raises(openai.ConflictError, match="still needs"):
        gateway.client.files.delete(file.id)


def test_another_key_sees_neither_files_nor_jobs(home, template):
    mine, theirs = (create(home, "mira", "a test")[1] for _ in range(2))
    with running(home, FakeEngine(), service=service(home, template)) as gateway:
        client, other = gateway.asking(mine), gateway.asking(theirs)
        file = upload(client)
        job = client.fine_tuning.jobs.create(model="base", training_file=file.id)
        assert list(other.files.list()) == []
        assert list(other.fine_tuning.jobs.list()) == []
        for ask in (lambda: other.files.retrieve(file.id), lambda: other.files.content(file.id),
                    lambda: other.files.delete(file.id), lambda: other.fine_tuning.jobs.retrieve(job.id),
                    lambda: other.fine_tuning.jobs.cancel(job.id), lambda: other.fine_tuning.jobs.list_events(job.id)):
            with pytest.raises(openai.NotFoundError):
                ask()
        with pytest.raises(openai.BadRequestError, match="no file is called"):
            other.fine_tuning.jobs.create(model="base", training_file=file.id)
        with pytest.raises(openai.AuthenticationError):
            upload(gateway.client)


def test_a_key_bound_to_a_name_makes_models_of_that_name_only(home, template, tmp_path):
    from gateways import add_release, made_up

    add_release(home, made_up(home, 1), name="shop")
    key = create(home, "mira", "a test", names=["shop"])[1]
    with running(home, FakeEngine(), service=service(home, template)) as gateway:
        client = gateway.asking(key)
        file = upload(client).id
        with pytest.raises(openai.BadRequestError, match="this key sees shop only"):
            client.fine_tuning.jobs.create(model="base", training_file=file, suffix="desk")
        assert client.fine_tuning.jobs.create(model="base", training_file=file).status == "queued"


@pytest.mark.parametrize(("form", "status"), [
    ({"data": {"purpose": "assistants"}, "files": {"file": b"x"}}, 400), ({"data": {"purpose": "fine-tune"}}, 400),
    ({"content": b"not a form", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 400),
    ({"data": {"purpose": "fine-tune"}, "files": {"file": b"x" * 5000}}, 413)])
def test_an_upload_that_is_none_is_refused(home, template, form, status):
    with running(home, FakeEngine(), service=service(home, template), serve={"limits": {"upload": 4096}}) as gateway:
        answer = httpx.post(f"{gateway.url}/v1/files", **form)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["message"]
        assert not list(gateway.client.files.list())


@pytest.mark.parametrize(("text", "said"), [
    ("prompt,completion\na,b\n", "line 1: it is not JSON"), ("", "is empty"),
    (ROWS + '{"text": "a"}\n', "line 61: it has no `messages`"),
    ('{"messages": [{"role": "user", "content": "a"}]}', "line 1: `messages` ends with user"),
    ('{"input": {"messages": [{"role": "user", "content": "a"}]}}', "line 1: it has no `preferred_output`")])
def test_an_upload_that_no_job_could_learn_from_is_refused_with_its_line(gateway, text, said):
    with pytest.raises(openai.BadRequestError, match=f"file rows.jsonl.*{said}") as refused:
        upload(gateway.client, text)
    assert (refused.value.param, refused.value.code) == ("file", "invalid_file")
    assert not list(gateway.client.files.list())


def test_a_name_of_a_file_is_what_can_be_printed(gateway):
    form = (b"--b\r\ncontent-disposition: form-data; name=purpose\r\n\r\nfine-tune\r\n--b\r\ncontent-disposition: "
            b"form-data; name=file; filename=\"a\0b\xe2\x80\xae.jsonl\"\r\n\r\n" + ROWS.encode() + b"\r\n--b--\r\n")
    made = httpx.post(f"{gateway.url}/v1/files", content=form,
                      headers={"content-type": "multipart/form-data; boundary=b"})
    assert made.json()["filename"] == "ab.jsonl"


@pytest.mark.parametrize("path", ["files/%00", "files/%00/content", "fine_tuning/jobs/%00",
                                  "fine_tuning/jobs/%ED%A0%80/events", "files/" + "9" * 5000])
def test_what_is_no_id_is_not_found(gateway, path):
    assert httpx.get(f"{gateway.url}/v1/{path}").status_code == 404


def test_a_page_after_what_is_no_id_is_empty(gateway):
    upload(gateway.client)
    assert httpx.get(f"{gateway.url}/v1/files", params={"after": "\0"}).json()["data"] == []


def test_a_gateway_that_takes_no_jobs_has_no_such_paths(home):
    with running(home, FakeEngine()) as gateway:
        assert httpx.get(f"{gateway.url}/v1/files").status_code == 404
