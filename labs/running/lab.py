"""A lab as something to call: from the command line, from Python code, in a notebook."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from labs.interrupts import interrupts
from labs.running.command_line import parse, print_version, replay_command
from labs.running.config import LabConfig, ResumableConfig, hints_of
from labs.running.exit_status import exit_status
from labs.running.process import PARENT, end_with
from labs.running.resuming import (
    alone,
    begun,
    refuse_other_settings,
    require_unfinished,
    telling_how_to_go_on,
)
from labs.running.start import quiet_tensorflow, start_keras

if TYPE_CHECKING:
    from labs.records import Result, RunRecord

ConfigT = TypeVar("ConfigT", bound=LabConfig)


class Lab(Generic[ConfigT]):
    """An experiment with its settings; made by `lab`, called as `run(seeds=10)`."""

    def __init__(
        self,
        config: type[ConfigT],
        experiment: Callable[[ConfigT, RunRecord], None],
        keras: bool,
    ) -> None:
        self.Config = config
        self.experiment = experiment
        self.name = Path(experiment.__code__.co_filename).stem
        self._module = _module_of(experiment, self.name)
        self.__doc__ = experiment.__globals__["__doc__"] or ""
        self._keras = keras

    @property
    def question(self) -> str:
        """The question that the lab answers, the first line of its docstring."""
        return (self.__doc__ or "").partition("\n")[0]

    def __call__(self, *, quick: bool = False, **settings: Any) -> Result:
        """Run the lab.

        Args:
            quick: Only check that everything runs, with small values.
            **settings: Fields of the lab's `Config`; the defaults are those of the full run.

        Returns:
            What the run has left: tables, claims, figures, histories, nets.

        Raises:
            InputError: If a setting's value cannot be used.
            TypeError: If there is no such setting.
        """
        self._require_known(settings)

        def make(begun: ConfigT | None = None) -> ConfigT:
            if begun is not None:
                return dataclasses.replace(begun, **settings)
            return (self.Config.for_quick_run if quick else self.Config)(**settings)

        return self.carry_out(*self._begun_or_new(make)).result()

    def command_line(self) -> None:
        """Run the lab from the command line, and exit with its status."""
        program = f"python -m {self._module}"
        if parent := os.environ.pop(PARENT, None):
            end_with(int(parent))
        with exit_status():
            print_version(sys.argv[1:])
            make = partial(parse, self.Config, self.__doc__ or "", program, sys.argv[1:])
            config, directory = self._begun_or_new(make)
            record = self.carry_out(config, directory)
            record.print_summary()
            end(record, config)

    def _begun_or_new(self, make: Callable[..., ConfigT]) -> tuple[ConfigT, Path | None]:
        """Return the settings, and the directory of a run to go on with.

        Args:
            make: Makes the settings; given those of another run, what is not set is taken from it.
        """
        config = make()
        if not isinstance(config, ResumableConfig) or not config.resume:
            return config, None
        stored, directory = begun(config, self.name)
        going_on = make(stored)
        assert isinstance(going_on, ResumableConfig)
        refuse_other_settings(going_on, stored)
        require_unfinished(directory, self.name)
        return going_on, directory

    def carry_out(self, config: ConfigT, directory: Path | None = None) -> RunRecord:
        """Run the experiment with the given settings, and return its finished record.

        Args:
            config: The settings.
            directory: That of a run which ended early, to go on there.
        """
        quiet_tensorflow()
        if self._keras:
            start_keras()
        from labs.records import RunRecord  # Costs what `--help` need not wait for.

        program = f"python -m {self._module}"
        with ExitStack() as stack:
            if directory is None:
                tries = tries_of(self.__doc__ or "", self._module)
                command = replay_command(program, config)
                record = RunRecord(self.name, config, command, question=self.question, tries=tries)
                if isinstance(config, ResumableConfig):
                    stack.enter_context(alone(record.directory))
            else:
                stack.enter_context(alone(directory))
                record = RunRecord.reopen(directory, config)
            if isinstance(config, ResumableConfig):
                stack.enter_context(telling_how_to_go_on(program, record.directory))
            stack.enter_context(record)
            stack.enter_context(interrupts.arriving(keeps=True))
            self.experiment(config, record)
            record.require_complete()
        if config.tensorboard:
            from labs.records.tensorboard import write_tensorboard

            write_tensorboard(record.directory)
        return record

    def _require_known(self, settings: dict[str, Any]) -> None:
        known = hints_of(self.Config)
        for name in settings:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise TypeError(
                    f"{self._module} has no setting {name!r}.{hint} All: {', '.join(known)}."
                )

    def __repr__(self) -> str:
        return f"<lab {self.name}: {self.question}>"


def end(record: RunRecord, config: LabConfig) -> None:
    """Print what the command line prints last, and open the page if that is wanted."""
    if config.open:
        from labs.records.report import show_page

        record.console.print(show_page(record.directory), markup=False)
    print(f"Run directory: {record.directory}")


def tries_of(doc: str, module: str) -> list[dict[str, str]]:
    """Return what a lab's docstring proposes under `Try:`, as commands and what to look for."""
    found = re.findall(r"^(?:Try: )? +(--\S.*?) {2,}(\S.*)", doc, flags=re.MULTILINE)
    return [{"command": f"python -m {module} {o}", "look": look} for o, look in found]


def _module_of(experiment: Callable[..., None], name: str) -> str:
    """Return the name behind `python -m`, also in the module that is being run."""
    if experiment.__module__ != "__main__":
        return experiment.__module__
    spec = sys.modules["__main__"].__spec__
    return f"labs.{name}" if spec is None else spec.name


def lab(
    config: type[ConfigT],
    experiment: Callable[[ConfigT, RunRecord], None],
    *,
    keras: bool = True,
) -> Lab[ConfigT]:
    """Make a lab of an experiment, as `run` at the end of its module.

    Args:
        config: The settings, a frozen dataclass derived from `LabConfig`.
        experiment: Takes the settings and the record to put results into.
        keras: Whether the experiment needs Keras, which takes seconds to import.
    """
    return Lab(config, experiment, keras)
