"""Worlds for tests that need the real kernel."""

from guarding import guarded

__all__ = ["guarded"]
