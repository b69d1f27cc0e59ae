"""Experiments on this computer's own kernel: a C program, compiled as the guests' own programs are."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

from vm.abi import PAGE_SIZE
from vm.cache import cache_directory, is_kept, keep_file
from vm.laboratory.experiment import Experiment, ExperimentFailed, Measurement, Spread

SOURCE = Path(__file__).with_name("host.c")
METHODS = ("fork", "vfork", "spawn")
"""What a Linux kernel offers; its fork is copy-on-write."""


def build() -> Path:
    """The native program, compiled once for each version of its source; ExperimentFailed without a compiler."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    folder = cache_directory("host")
    if folder is None:
        raise ExperimentFailed("no folder to keep the host's program in")
    program = folder / f"measured-{digest}"
    if is_kept(program):
        return program
    target = f"{platform.machine()}-linux-musl"
    unfinished = program.with_suffix(f".{os.getpid()}")
    command = [sys.executable, "-P", "-m", "ziglang", "cc", "-target", target, "-O2", "-static", str(SOURCE)]
    done = subprocess.run([*command, "-o", str(unfinished)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExperimentFailed(f"the host's program cannot be compiled: {done.stderr.strip()}")
    keep_file(unfinished, program)
    return program


def run_on_host(experiment: Experiment) -> Measurement:
    """Run one experiment natively; its method is one of :data:`METHODS`. Linux reports no counts."""
    pages = experiment.size // PAGE_SIZE * experiment.written // 100
    numbers = (pages, experiment.children, experiment.depth, experiment.rounds)
    command = [str(build()), experiment.method, str(experiment.size), experiment.action, *map(str, numbers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
    if done.returncode or len(rows) != experiment.rounds:
        raise ExperimentFailed(f"{experiment}: the host's program ended with {done.returncode}")
    calls, rounds = (tuple(column) for column in zip(*rows, strict=True))
    return Measurement(experiment, "host", None, Spread.of(calls), Spread.of(rounds), calls, rounds)
