"""A compose file: the gateway, PostgreSQL for its ledger, and a service that brings the state of this machine along."""

from typing import Any

from tunewright.export.deployment import DRAIN, PORT, POSTGRES, STATE, Deployment

_PASSWORD = "${POSTGRES_PASSWORD:?set it in .env}"
_LEDGER = f"postgresql+psycopg://tunewright:{_PASSWORD}@postgres:5432/tunewright"


def compose(deployed: Deployment) -> dict[str, Any]:
    """The compose file's content."""
    return {"name": deployed.label,
            "services": {"gateway": _gateway(deployed), "copy": _copy(deployed), "postgres": _postgres()},
            "volumes": {"state": {}, "database": {}}}


def _environment(deployed: Deployment) -> dict[str, str]:
    keys = {key: f"${{{key}:?set it in .env}}" for key in deployed.keys}
    return {"TUNEWRIGHT_LEDGER": _LEDGER, "TUNEWRIGHT_STORE": deployed.place, **keys}


def _gateway(deployed: Deployment) -> dict[str, Any]:
    base = [f"{deployed.folder}:{deployed.base_place}:ro"] if deployed.folder else []
    return {"image": deployed.image, "build": ".", **_safe(), "environment": _environment(deployed),
            "ports": [f"127.0.0.1:{PORT}:{PORT}"], "volumes": [f"state:{STATE}", *base], "tmpfs": ["/tmp"],
            "stop_grace_period": f"{DRAIN}s",
            "depends_on": {"postgres": {"condition": "service_healthy"}}}


def _copy(deployed: Deployment) -> dict[str, Any]:
    """`docker compose run --rm copy` puts the ledger and store of the machine it runs on into the new places."""
    known = {"image": deployed.image, "profiles": ["copy"], **_safe(), "restart": "no",
             "environment": {**_environment(deployed), "TUNEWRIGHT_HOME": "/from"}}
    return {**known, "entrypoint": ["tunewright", "copy"], "tmpfs": ["/tmp"],
            "volumes": ["${TUNEWRIGHT_HOME:-./.tunewright}:/from:ro", f"state:{STATE}"],
            "depends_on": {"postgres": {"condition": "service_healthy"}}}


def _postgres() -> dict[str, Any]:
    return {"image": POSTGRES, "restart": "unless-stopped", "security_opt": ["no-new-privileges:true"],
            "environment": {"POSTGRES_USER": "tunewright", "POSTGRES_DB": "tunewright", "POSTGRES_PASSWORD": _PASSWORD},
            "volumes": ["database:/var/lib/postgresql/data"], "stop_grace_period": "60s",
            "healthcheck": {"test": ["CMD-SHELL", "pg_isready --username tunewright"], "interval": "5s",
                            "timeout": "3s", "retries": 12}}


def _safe() -> dict[str, Any]:
    """What a service of ours needs no right for."""
    return {"cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"], "read_only": True, "init": True,
            "restart": "unless-stopped"}
