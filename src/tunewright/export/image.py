"""The container file: the wheel or the index's package, a user without rights, and a look at its own health."""

from tunewright.export.deployment import PORT, STATE, USER, Deployment

PYTHON = "python:3.12.12-slim-bookworm"
WHEELS = "wheels"
"""The folder whose wheels are taken before the index's."""
HEALTHY = ("import sys, urllib.request as web; "
           f"sys.exit(web.urlopen('http://127.0.0.1:{PORT}/healthz', timeout=3).status != 200)")

_TEXT = """\
FROM {python}
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 TUNEWRIGHT_HOME={state} HF_HOME=/tmp/hub
COPY {wheels}/ /{wheels}/
RUN pip install --no-cache-dir --find-links /{wheels} "{requirement}" \\
 && useradd --uid {user} --no-create-home --shell /usr/sbin/nologin tunewright \\
 && install --directory --owner {user} --group {user} {state} {state}/store
USER {user}
WORKDIR {state}
EXPOSE {port}
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s CMD ["python", "-c", "{healthy}"]
CMD {command}
"""


def dockerfile(deployed: Deployment) -> str:
    """The text of the container file."""
    command = ", ".join(f'"{word}"' for word in deployed.command)
    return _TEXT.format(python=PYTHON, state=STATE, wheels=WHEELS, requirement=deployed.requirement,
                        user=USER, port=PORT, healthy=HEALTHY, command=f"[{command}]")
