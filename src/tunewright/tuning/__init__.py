"""Fine-tuning as a service: uploaded files, jobs on them, and the worker that runs each through the pipeline."""

from tunewright.tuning.file import File, Files
from tunewright.tuning.job import Event, Job, Jobs
from tunewright.tuning.service import Service, service
from tunewright.tuning.template import Template, read

__all__ = ["Event", "File", "Files", "Job", "Jobs", "Service", "Template", "read", "service"]
