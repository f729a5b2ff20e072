"""`tunewright export`: files that run a gateway elsewhere."""

from pathlib import Path

import click

from tunewright.cli import options

_KINDS = ("compose", "kubernetes")


@click.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(_KINDS), required=True, help="Compose file, or Kubernetes manifests.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to; else deploy-KIND here.")
@click.option("--image", metavar="IMAGE", help="What the image is called; else tunewright-NAME and our version.")
@click.option("--store", metavar="URL", help="Object store that every gateway reaches; else a volume they share.")
@click.option("--replicas", type=click.IntRange(1, 100), default=2, show_default=True,
              help="Gateways at least (kubernetes).")
@options.home
@options.as_json
def command(name: str, kind: str, out: Path | None, image: str | None, store: str | None, replicas: int,
            home: Path | None, as_json: bool) -> None:
    """Write files that run a gateway elsewhere.

    A container file and a compose file or Kubernetes manifests for the releases of NAME, by the recipe of the live
    one, and a README with the steps. Secrets are named in them and never written.

    --json prints {"files": [...]}.
    """
    from tunewright.cli.output import emit
    from tunewright.cli.stage import shown
    from tunewright.core.home import find_home
    from tunewright.export import deployment, write

    deployed = deployment(find_home(named=home), name, image=image, store=store, replicas=replicas)
    folder = out or Path(f"deploy-{kind}")
    paths = write(kind, deployed, folder)
    if as_json:
        emit({"files": [str(path) for path in paths]})
        return
    for path in paths:
        click.echo(f"wrote {path}")
    click.echo(f"next: the steps in {shown(folder / 'README.md')}", err=True)
