"""What a benchmark ran on, since its figures mean nothing without it."""

from __future__ import annotations

from importlib.metadata import version

from labs.records.environment import describe_environment


def describe_machine(*libraries: str) -> str:
    """Return processor, cores, and the versions of Python and of these packages."""
    environment = describe_environment()
    cpu = environment["cpu"]
    versions = [f"{name} {version(name)}" for name in libraries]
    return ", ".join(
        [f"{cpu['model']}, {cpu['cores']} cores; Python {environment['python']}", *versions]
    )
