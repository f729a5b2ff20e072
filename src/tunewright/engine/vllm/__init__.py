"""vLLM servers as one engine: adapters by digest on every replica, each of which is watched and put right."""

from tunewright.engine.vllm.engine import VllmEngine
from tunewright.engine.vllm.servers import Servers

__all__ = ["Servers", "VllmEngine"]
