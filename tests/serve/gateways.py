"""A home whose releases hold small made-up models, and a gateway on a loopback port."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

from openai import OpenAI

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Outcome, Release, Report, RuleResult, Verdict
from tunewright.engine import Engine
from tunewright.recipe import Recipe
from tunewright.recipe.serve import ServeSpec
from tunewright.serve.app import app, gateway
from tunewright.serve.server import Server

BASE = "b" * 64


def add_release(home: Home, files: str, *, name: str = "desk", base: str = BASE, adapter: bool = True,
                outcome: Outcome = "pass", monitor: dict[str, object] | None = None, **serve: object) -> Release:
    """A candidate of `name` whose model is the store folder `files`; `monitor` and `serve` are what its recipe says."""
    recipe = Recipe.model_validate({
        "name": name, "purpose": "Name the intent.", "gate": [{"metric": "task/exact", "at_least": 0.5}],
        "serve": {"engine": "fake", **serve}, "monitor": monitor or {},
        "data": {"sources": [{"path": "a.csv", "license": "CC0-1.0", "basis": "contract"}]}})
    dataset = Dataset(name=name, spec="0" * 64, origins=(), files="0" * 64, counts={"train": 8})
    model = Model(name=name, spec="0" * 64, base=base, base_name="tiny", dataset=dataset.digest, method="lora",
                  adapter=adapter, files=files, trainable=1, parameters=100, metrics={})
    report = Report(name=name, spec="2" * 64, dataset=dataset.digest, model=model.digest, arms=("base", "tuned"),
                    metrics=(), differences=(), items="3" * 64)
    rule = RuleResult(metric="task/exact", rule="at_least 0.5", outcome=outcome, sentence="task/exact is what it is.")
    verdict = Verdict(name=name, spec="4" * 64, report=report.digest, against=None, outcome=outcome, rules=(rule,))
    return registry.add(home, name, recipe, dataset, model, report, verdict, "mira")


def made_up(home: Home, number: int) -> str:
    """A store folder that stands for a model's files."""
    folder = home.path / f"made-up-{number}"
    folder.mkdir(exist_ok=True)
    (folder / "weights").write_text(str(number))
    return home.store.put_folder(folder)


class Gateway:
    """A running gateway and clients of it."""

    def __init__(self, home: Home, engine: Engine, port: int, said: list[str]) -> None:
        self.home, self.engine, self.said = home, engine, said
        self.url = f"http://127.0.0.1:{port}"
        self.client = self.asking("none")

    def asking(self, key: str) -> OpenAI:
        """A client with a key of its own."""
        return OpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0)

    def ask(self, model: str = "desk", text: str = "hello", **more):
        return self.client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": text}], **more)


@contextlib.contextmanager
def running(home: Home, engine: Engine, *, serve: dict[str, object] | None = None, **more) -> Iterator[Gateway]:
    """A gateway in a thread, until the block ends; `serve` is what its recipe says of serving."""
    said: list[str] = []
    made = gateway(home, (), engine, say=lambda stage, text: said.append(text),
                   spec=ServeSpec.model_validate({"engine": "fake", **(serve or {})}), **more)
    server = Server(made, app(made), lambda: None)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        thread = threading.Thread(target=server.run, args=[[listening]])
        thread.start()
        until(lambda: server.started or not thread.is_alive())
        found = Gateway(home, engine, listening.getsockname()[1], said)
        found.made = made
        try:
            yield found
        finally:
            found.client.close()
            server.should_exit = True
            thread.join()


def until(what: Callable[[], bool], seconds: float = 5.0) -> float:
    """Wait until `what` holds; return the seconds it took."""
    started = time.monotonic()
    while not what():
        assert time.monotonic() - started < seconds, "it never came to be"
        time.sleep(0.002)
    return time.monotonic() - started
