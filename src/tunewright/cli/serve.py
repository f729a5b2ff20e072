"""`tunewright serve`: answer with the live releases."""

from collections.abc import Callable
from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("names", nargs=-1)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True,
              help="Port to listen on; 0 takes a free one.")
@click.option("--engine", type=click.Choice(["hf", "vllm", "openai", "fake"]), help="In place of the recipes' engine.")
@click.option("--device", help="Where the model runs: cpu, cuda, cuda:1; a GPU unless there is none.")
@click.option("--without-keys", is_flag=True, help="Let anybody ask who reaches an address beyond this machine.")
@click.option("--jobs", type=click.Path(path_type=Path), metavar="RECIPE",
              help="Take files and fine-tuning jobs, each run by this recipe (`tunewright work RECIPE`).")
@click.option("--log", is_flag=True, help="Print one JSON line for each request to stdout.")
@options.by
@options.home
def command(
    names: tuple[str, ...], host: str, port: int, engine: str | None, device: str | None, without_keys: bool,
    jobs: Path | None, log: bool, by: str | None, home: Path | None,
) -> int:
    """Answer with the live releases.

    An OpenAI-compatible API for the releases of NAMES, or of every name. Promotions and rollbacks made elsewhere
    reach it within a second. Every answer names its release. Once `tunewright key create` has made a key, only
    keys are answered. If the gateway dies, it is started again on the same port.
    """
    import sys

    from tunewright.cli.group import told
    from tunewright.core.home import Home, find_home
    from tunewright.engine.preload import preload
    from tunewright.serve.run import engine_of, listen, serve
    from tunewright.serve.supervisor import Supervisor, apart

    def say(stage: str, text: str) -> None:
        click.echo(f"{stage:<10}{text}", err=True)

    def at() -> Home:
        return find_home(create=jobs is not None, named=home)

    def run(ready: Callable[[], None]) -> int:
        return told(lambda: serve(
            at(), listening, names, engine=engine, device=device, by=by,
            without_keys=without_keys, jobs=jobs, log=sys.stdout if log else None, say=say, ready=ready))

    with listen(host, port) as listening:
        preload(apart(lambda: engine_of(at(), names, engine, jobs)) or "")
        return Supervisor(run, say).run()
