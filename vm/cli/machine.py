"""The options that describe a machine and its program, for every command that runs one: made of the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vm import settings
from vm.cli.compiler import CompilerFlags
from vm.cli.completion import folders
from vm.cli.groups import FILES, GUEST, F, option
from vm.cli.sizes import Size
from vm.quantities import size_text
from vm.settings import BYTES, SECONDS, USER, Description

if TYPE_CHECKING:
    from vm.machine import Machine

FOLDERS = ("root", "bind", "include_root", "cc_flags")
"""What a machine has beside its settings."""


class Variable(click.ParamType[tuple[str, str]]):
    """NAME=VALUE."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """(name, value)."""
        name, sign, content = value.partition("=")
        if not sign or not name:
            self.fail(f"{value!r} is not of the form NAME=VALUE", param, ctx)
        return name, content


class Binding(click.ParamType[tuple[str, str]]):
    """HOST:GUEST."""

    name = "HOST:GUEST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """(host folder, guest path)."""
        host, _, guest = value.rpartition(":")
        if not host or not guest.startswith("/"):
            self.fail(f"{value!r} is not of the form HOST:GUEST, where GUEST begins with /", param, ctx)
        return host, guest


def _attributes(setting: Description) -> dict[str, Any]:
    """What click has to know of a setting's option."""
    if setting.is_flag:
        return {"is_flag": True}
    if setting.choices:
        return {"type": click.Choice(setting.choices)}
    if setting.unit == BYTES:
        return {"type": Size()}
    if setting.unit == USER:
        return {"type": click.STRING, "metavar": "USER"}
    if setting.unit == SECONDS:
        return {"type": click.FloatRange(0, min_open=True), "metavar": "N"}
    bounds = (setting.lowest, setting.largest)
    return {"type": click.INT if bounds == (None, None) else click.IntRange(*bounds), "metavar": "N"}


def _folder_options() -> list[Callable[[F], F]]:
    return [
        option(
            "--root", group=FILES, type=click.Path(path_type=Path), metavar="DIR", shell_complete=folders,
            help="Folder that is the guest's /; never written to.  [default: the program's]",
        ),
        option(
            "--bind", group=FILES, type=Binding(), multiple=True, shell_complete=folders,
            help="A further folder, and where the guest sees it.",
        ),
        option(
            "--include-root", group=FILES, multiple=True, metavar="DIR",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="Compile C from what lies below this folder only.",
        ),
        option(
            "--cc-flags", group=FILES, type=CompilerFlags(), default=(), show_default=False,
            help='Flags for the C compiler and preprocessor, in one word: "-DN=3 -O2".',
        ),
        option("--env", group=GUEST, type=Variable(), multiple=True, help="A variable of the program's environment."),
    ]  # fmt: skip


def heading(group: str) -> str:
    """Under what the help of a command shows the settings of a group: what fork does is what the guest meets."""
    return GUEST if group == settings.FORK else group


def machine_options(*groups: str, **defaults: Any) -> Callable[[F], F]:
    """Attach to a command an option for each setting of these groups, and for folders and the environment.

    ``defaults`` are those of the command where they are not the machine's own.
    """

    def decorate(function: F) -> F:
        options = _folder_options()
        for name, setting in settings.descriptions().items():
            if setting.help and setting.group in groups:
                default = defaults.get(name, setting.default)
                options.append(
                    option(
                        "--" + name.replace("_", "-"), group=heading(setting.group), help=setting.help,
                        default=size_text(default) if setting.unit == BYTES and default else default,
                        **_attributes(setting),
                    )
                )  # fmt: skip
        for attach in reversed(options):
            function = attach(function)
        return function

    return decorate


def machine_of(options: dict[str, Any]) -> Machine:
    """The machine that a command's options describe; they are taken out. Raises click.UsageError if there is none."""
    from vm.machine import Machine

    names = [*FOLDERS, *settings.descriptions()]
    try:
        return Machine(**{name: options.pop(name) for name in names if name in options})
    except settings.WrongSetting as error:
        raise click.UsageError(str(error)) from None


def environment_of(options: dict[str, Any]) -> Mapping[str, str]:
    """The environment of the program that is run; its option is taken out."""
    from vm.machine import ENVIRONMENT

    return {**ENVIRONMENT, **dict(options.pop("env"))}
