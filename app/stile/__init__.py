"""The words that the helper, the desktop and the command line share."""

__version__ = "0.1.0"
