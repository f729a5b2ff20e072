"""Kubernetes manifests: gateways with homes of their own, PostgreSQL for the ledger, and who may speak to whom.

Every container runs without root, without privileges and on a read-only root. Secrets are named, never written here.
"""

from typing import Any

from tunewright.export.deployment import DRAIN, PORT, POSTGRES, STATE, USER, Deployment

MOST = 6
"""Gateways that autoscaling starts at most."""
_DATABASE_USER = 70  # `postgres` in the alpine image
_APART = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
_OFF = {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "6Gi"}}
_SMALL = {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}}


def kubernetes(deployed: Deployment) -> dict[str, list[dict[str, Any]]]:
    """The manifests, by file name."""
    shared = [] if deployed.store else [_claim(f"{deployed.label}-store", "ReadWriteMany", "50Gi")]
    base = [_claim(f"{deployed.label}-base", "ReadOnlyMany", "20Gi")] if deployed.folder else []
    return {
        "gateway.yaml": [*shared, *base, _gateway(deployed), _service(deployed.label, PORT, headless=False),
                         _service(f"{deployed.label}-homes", PORT, headless=True, of=deployed.label)],
        "scale.yaml": [_autoscaler(deployed), _budget(deployed)],
        "postgres.yaml": [_postgres(deployed), _service(f"{deployed.label}-postgres", 5432, headless=True)],
        "network.yaml": _network(deployed)}


def _object(kind: str, version: str, name: str, **content: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": _labels(name)}, **content}


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "tunewright"}


def _match(name: str) -> dict[str, Any]:
    return {"matchLabels": {"app.kubernetes.io/name": name}}


def _gateway(deployed: Deployment) -> dict[str, Any]:
    """A stateful set, since each gateway writes an audit trail of its own and must find it again."""
    mounts = [{"name": "home", "mountPath": STATE}, {"name": "scratch", "mountPath": "/tmp"}]
    volumes: list[dict[str, Any]] = [{"name": "scratch", "emptyDir": {"sizeLimit": "2Gi"}}]
    kept = (("store", deployed.place, not deployed.store), ("base", deployed.base_place, bool(deployed.folder)))
    for name, place, wanted in kept:
        if wanted:
            mounts.append({"name": name, "mountPath": place})
            volumes.append({"name": name, "persistentVolumeClaim": {"claimName": f"{deployed.label}-{name}"}})
    container = {
        "name": "gateway", "image": deployed.image, "args": deployed.command[1:], "command": deployed.command[:1],
        "env": _environment(deployed), "ports": [{"name": "http", "containerPort": PORT}],
        "resources": _OFF if deployed.engine == "hf" else _SMALL, "securityContext": _APART, "volumeMounts": mounts,
        "startupProbe": {**_asks(), "periodSeconds": 5, "failureThreshold": 60},
        "readinessProbe": {**_asks(), "periodSeconds": 5, "timeoutSeconds": 3},
        # Not /healthz: a gateway whose next release cannot be loaded is not mended by a restart.
        "livenessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 10, "failureThreshold": 3},
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}
    pod = {"securityContext": _nobody(USER), "automountServiceAccountToken": False, "containers": [container],
           "volumes": volumes, "terminationGracePeriodSeconds": DRAIN + 5, "topologySpreadConstraints": [{
               "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
               "labelSelector": _match(deployed.label)}]}
    return _object("StatefulSet", "apps/v1", deployed.label, spec={
        "replicas": deployed.replicas, "serviceName": f"{deployed.label}-homes", "podManagementPolicy": "Parallel",
        "selector": _match(deployed.label),
        "template": {"metadata": {"labels": _labels(deployed.label)}, "spec": pod},
        "volumeClaimTemplates": [_template("home", "20Gi")]})


def _environment(deployed: Deployment) -> list[dict[str, Any]]:
    url = f"postgresql+psycopg://tunewright:$(POSTGRES_PASSWORD)@{deployed.label}-postgres:5432/tunewright"
    return [_secret(deployed, "POSTGRES_PASSWORD"), *(_secret(deployed, key) for key in deployed.keys),
            {"name": "TUNEWRIGHT_LEDGER", "value": url}, {"name": "TUNEWRIGHT_STORE", "value": deployed.place},
            {"name": "TUNEWRIGHT_HOME", "value": STATE}]


def _secret(deployed: Deployment, key: str) -> dict[str, Any]:
    return {"name": key, "valueFrom": {"secretKeyRef": {"name": f"{deployed.label}-secrets", "key": key}}}


def _asks() -> dict[str, Any]:
    return {"httpGet": {"path": "/healthz", "port": "http"}}


def _nobody(user: int) -> dict[str, Any]:
    return {"runAsNonRoot": True, "runAsUser": user, "runAsGroup": user, "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"}}


def _postgres(deployed: Deployment) -> dict[str, Any]:
    name = f"{deployed.label}-postgres"
    ready = {"exec": {"command": ["pg_isready", "--username", "tunewright"]}, "periodSeconds": 5, "timeoutSeconds": 3}
    container = {
        "name": "postgres", "image": POSTGRES, "ports": [{"name": "sql", "containerPort": 5432}],
        "env": [{"name": "POSTGRES_USER", "value": "tunewright"}, {"name": "POSTGRES_DB", "value": "tunewright"},
                _secret(deployed, "POSTGRES_PASSWORD"), {"name": "PGDATA", "value": "/var/lib/postgresql/data/of"}],
        "resources": _SMALL, "securityContext": _APART, "readinessProbe": ready, "livenessProbe": ready,
        "volumeMounts": [{"name": "database", "mountPath": "/var/lib/postgresql/data"},
                         {"name": "sockets", "mountPath": "/var/run/postgresql"},
                         {"name": "scratch", "mountPath": "/tmp"}]}
    pod = {"securityContext": _nobody(_DATABASE_USER), "automountServiceAccountToken": False,
           "containers": [container], "terminationGracePeriodSeconds": 60,
           "volumes": [{"name": "sockets", "emptyDir": {}}, {"name": "scratch", "emptyDir": {}}]}
    return _object("StatefulSet", "apps/v1", name, spec={
        "replicas": 1, "serviceName": name, "selector": _match(name),
        "template": {"metadata": {"labels": _labels(name)}, "spec": pod},
        "volumeClaimTemplates": [_template("database", "10Gi")]})


def _service(name: str, port: int, *, headless: bool, of: str | None = None) -> dict[str, Any]:
    spec = {"selector": {"app.kubernetes.io/name": of or name}, "ports": [{"port": port, "targetPort": port}]}
    return _object("Service", "v1", name, spec=spec | ({"clusterIP": "None"} if headless else {}))


def _claim(name: str, mode: str, size: str) -> dict[str, Any]:
    return _object("PersistentVolumeClaim", "v1", name,
                   spec={"accessModes": [mode], "resources": {"requests": {"storage": size}}})


def _template(name: str, size: str) -> dict[str, Any]:
    return {"metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}}


def _autoscaler(deployed: Deployment) -> dict[str, Any]:
    """More gateways at 70 % of the cores they asked for; fewer again only slowly, since each one drains."""
    return _object("HorizontalPodAutoscaler", "autoscaling/v2", deployed.label, spec={
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": deployed.label},
        "minReplicas": deployed.replicas, "maxReplicas": max(MOST, deployed.replicas),
        "metrics": [{"type": "Resource", "resource": {
            "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}}})


def _budget(deployed: Deployment) -> dict[str, Any]:
    return _object("PodDisruptionBudget", "policy/v1", deployed.label,
                   spec={"maxUnavailable": 1, "selector": _match(deployed.label)})


def _network(deployed: Deployment) -> list[dict[str, Any]]:
    """Gateways are reached from the namespace and may reach names, the database and TLS; the database only them."""
    name, database = deployed.label, f"{deployed.label}-postgres"
    names = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    outside = {"ports": [{"port": 443, "protocol": "TCP"}]}
    sql = [{"port": 5432, "protocol": "TCP"}]
    return [
        _object("NetworkPolicy", "networking.k8s.io/v1", name, spec={
            "podSelector": _match(name), "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": PORT, "protocol": "TCP"}]}],
            "egress": [names, outside, {"to": [{"podSelector": _match(database)}], "ports": sql}]}),
        _object("NetworkPolicy", "networking.k8s.io/v1", database, spec={
            "podSelector": _match(database), "policyTypes": ["Ingress", "Egress"], "egress": [],
            "ingress": [{"from": [{"podSelector": _match(name)}], "ports": sql}]})]
