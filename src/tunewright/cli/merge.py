"""`tunewright merge`: write an adapter into its base's weights."""

from pathlib import Path

import click

from tunewright.cli import options


@click.command()
@click.argument("reference")
@options.why
@options.by
@options.home
@options.as_json
def command(reference: str, why: str, by: str | None, home: Path | None, as_json: bool) -> None:
    """Make a whole model of an adapter and its base.

    REFERENCE reads name@number, or the digest of a release or a model. The whole model is kept in the store, names
    the adapter's model as its input, and gives the same logits, which is checked. Methods whose mathematics does
    not allow it (adapter, prefix, prompt) are refused with the reason.

    --json prints the model's record and its digest.
    """
    from tunewright.cli.output import emit
    from tunewright.core.digest import short
    from tunewright.verbs import merge

    whole = merge(reference, why=why, by=by, home=home)
    if as_json:
        emit({"digest": whole.digest, **whole.model_dump(mode="json")})
        return
    click.echo(f"{whole.name}: {whole.method} of model {short(whole.after or '')} in {whole.base_name} → model "
               f"{short(whole.digest)} · logits agree to {whole.metrics['merge_difference']:.0e}")
