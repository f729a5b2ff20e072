"""What runs a gateway elsewhere: a container file, and a compose file or Kubernetes manifests."""

from tunewright.export.deployment import Deployment, deployment
from tunewright.export.write import KINDS, write

__all__ = ["KINDS", "Deployment", "deployment", "write"]
