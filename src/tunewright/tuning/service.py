"""What a gateway needs to take files and jobs."""

from dataclasses import dataclass

from tunewright.core.home import Home
from tunewright.tuning.file import Files
from tunewright.tuning.job import Jobs
from tunewright.tuning.template import Template


@dataclass(frozen=True)
class Service:
    """Files and jobs of one home, on the operator's template."""

    template: Template
    files: Files
    jobs: Jobs


def service(home: Home, template: Template) -> Service:
    """Raises Fault if the home's database cannot be used."""
    return Service(template, Files(home), Jobs(home))
