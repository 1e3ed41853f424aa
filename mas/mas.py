"""The older spelling `from mas.mas import MAS`; it is the same class."""

from mas.client import MAS

__all__ = ["MAS"]
