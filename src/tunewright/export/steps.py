"""What a person does with an exported folder, in order."""

from tunewright.export.deployment import Deployment

_BUILD = """\
# {name}: deployed

Written by `tunewright export {name} --kind {kind}` from the recipe of its live release: engine `{engine}`, base
`{base}`. Nothing secret is in these files.

"""
_COMPOSE = """\
1. `cp env.example .env` and fill it in; keep it out of version control.
2. Put a wheel of tunewright into `wheels/` unless {requirement} is on your package index.
3. `docker compose build`
4. `TUNEWRIGHT_HOME=/path/to/.tunewright docker compose run --rm copy` brings ledger and store along. Do it again
   whenever something was added there; only what is new is copied. From then on promote with TUNEWRIGHT_LEDGER and
   TUNEWRIGHT_STORE pointing here, so that there is one ledger.
5. `docker compose run --rm --entrypoint tunewright gateway key create --why "first key"` makes an API key: a gateway
   that others can reach does not start without one.
6. `docker compose up --detach` and ask http://127.0.0.1:8000/healthz.

The port is open to this machine only: put a proxy with TLS before it. The database's data and the gateway's audit
trail are in the volumes `database` and `state`; back up both.
"""
_KUBERNETES = """\
1. Put a wheel of tunewright into `wheels/` unless {requirement} is on your package index;
   `docker build --tag {image} .`, and push it where the cluster pulls from.
2. `kubectl create secret generic {label}-secrets{literals}`
3. `kubectl apply --filename postgres.yaml --filename network.yaml`
4. Bring ledger and store along, from the machine that has them: `kubectl port-forward service/{label}-postgres 5432`,
   then `TUNEWRIGHT_LEDGER=postgresql+psycopg://tunewright:PASSWORD@127.0.0.1:5432/tunewright {store}tunewright copy`.
5. In the same way `tunewright key create --why "first key"`: a gateway that others can reach does not start without
   an API key.
6. `kubectl apply --filename gateway.yaml --filename scale.yaml`

{volumes}Gateways are reached by pods of this namespace; allow your ingress controller's namespace in `network.yaml`,
and let it end TLS. One PostgreSQL with a volume is what this has: for more, leave `postgres.yaml` out and point
TUNEWRIGHT_LEDGER at a database that is looked after.
"""
_SHARED = """\
The volume `{label}-store` is mounted by every gateway, so its storage class must offer ReadWriteMany; with an object
store instead (`--store s3://bucket/prefix`) there is no such volume. To fill the volume, run step 4 in a pod that
mounts it.
"""
_BASE = "The base is a folder: fill the volume `{label}-base` with it.\n"


def compose_steps(deployed: Deployment) -> str:
    """The page beside a compose file."""
    return (_BUILD + _COMPOSE).format(**_words(deployed, "compose"))


def kubernetes_steps(deployed: Deployment) -> str:
    """The page beside manifests."""
    keys = ("POSTGRES_PASSWORD", *deployed.keys)
    volumes = ("" if deployed.store else _SHARED) + (_BASE if deployed.folder else "")
    words = _words(deployed, "kubernetes")
    return (_BUILD + _KUBERNETES).format(
        **words, literals="".join(f" --from-literal={key}=…" for key in keys),
        store=f"TUNEWRIGHT_STORE={deployed.store} " if deployed.store else "",
        volumes=volumes.format(**words) + ("\n" if volumes else ""))


def _words(deployed: Deployment, kind: str) -> dict[str, str]:
    return {"name": deployed.name, "kind": kind, "engine": deployed.engine, "base": deployed.base,
            "requirement": deployed.requirement, "image": deployed.image, "label": deployed.label}
