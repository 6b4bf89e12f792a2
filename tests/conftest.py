"""What holds for all tests: that a machine is slow or busy says nothing about the code."""

from pathlib import Path


def pytest_pycollect_makemodule(module_path: Path) -> None:
    """Set hypothesis up for the first file that uses it: to import it takes as long as pytest."""
    if "hypothesis" in module_path.read_text("utf-8"):
        from hypothesis import HealthCheck, settings

        settings.register_profile(
            "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        settings.load_profile("any machine")
