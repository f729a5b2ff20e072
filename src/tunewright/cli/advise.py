"""`tunewright advise`: is fine-tuning worth it here?"""

from pathlib import Path

import click

from tunewright.cli import options

_KNOWLEDGE = ("never", "yearly", "monthly", "weekly", "daily")


@click.command()
@options.recipe
@click.option("--knowledge", type=click.Choice(_KNOWLEDGE), help="How often what it has to know changes.")
@click.option("--latency", type=options.Amount(), metavar="SECONDS",
              help="Longest that 95 % of answers may take.")
@click.option("--private/--public", default=None, help="Whether prompts must stay on machines of yours.")
@click.option("--cost", type=options.Amount(), metavar="PRICE",
              help="Most that 1,000 answers may cost.")
@options.strict
@options.by
@options.home
@options.as_json
def command(recipe: Path, knowledge: str | None, latency: float | None, private: bool | None, cost: float | None,
            strict: bool, by: str | None, home: Path | None, as_json: bool) -> None:
    """Say whether fine-tuning is worth it, before any training.

    The arms of RECIPE that need no training answer its held-out items: the base, the base with examples in its prompt
    and, where the recipe names them, with documents, with tools, and an endpoint. What they reach, and what you say of
    knowledge, latency, privacy and cost (options, or the recipe's section `advise`), decides.

    --json prints {"digest", "record"}, the record being the advice.
    """
    from tunewright.cli.advising import advise

    said = {"knowledge": knowledge, "latency": latency, "private": private, "cost": cost}
    advise(recipe, {name: value for name, value in said.items() if value is not None}, home, by, strict, as_json)
