"""What holds for all tests: that a machine is slow or busy says nothing about the code."""

import pytest


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Set hypothesis up before the first file that uses it is imported.

    Not for the others: to import it takes nearly as long as to start pytest, and every check of
    an exercise is a pytest with one or two files.
    """
    if isinstance(collector, pytest.Module) and "hypothesis" in collector.path.read_text("utf-8"):
        from hypothesis import HealthCheck, settings

        settings.register_profile(
            "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        settings.load_profile("any machine")
