"""What we take for granted in the binding between Python and Qt."""

import sys

import pytest
from PySide6.QtCore import QObject


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal since Python 3.12")
def test_a_call_to_qt_costs_no_reference_to_none() -> None:
    """PySide6 6.12.0 gives one away with every call, until Python says "deallocating None"."""
    thing, before = QObject(), sys.getrefcount(None)
    for _ in range(200):
        thing.setObjectName("thing")
    assert sys.getrefcount(None) > before - 100
