"""Kept machine code is told apart by the processor it was made for; finding out which loads nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vm import host_processor
from vm.host_processor import host_digest, processor_facts

PROCESSOR = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC
stepping\t: 1
cpu MHz\t\t: 2596.126
flags\t\t: fpu vme avx2 gfni
bogomips\t: 5192.25

"""
SECOND = PROCESSOR.replace(": 0", ": 1").replace("2596.126", "1900.000")


@pytest.fixture
def cpuinfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "cpuinfo"
    path.write_text(PROCESSOR + SECOND)
    monkeypatch.setattr(host_processor, "CPUINFO", path)
    return path


def digest() -> str:
    return host_digest.__wrapped__()


def test_a_processor_is_named_by_its_model_and_its_instructions(cpuinfo: Path) -> None:
    names = {digest()}
    for old, new in (("gfni", "avx512f"), ("model\t\t: 17", "model\t\t: 18"), ("AMD EPYC", "another"), (": 1", ": 2")):
        cpuinfo.write_text(PROCESSOR.replace(old, new) + SECOND)
        names.add(digest())
    assert len(names) == 5


def test_what_varies_does_not_name_it(cpuinfo: Path) -> None:
    before = digest()
    for text in (PROCESSOR.replace("2596.126", "3100.500") + SECOND, PROCESSOR.replace("5192", "5193"), PROCESSOR):
        cpuinfo.write_text(text)
        assert digest() == before


def test_only_the_first_processor_is_asked(cpuinfo: Path) -> None:
    cpuinfo.write_text(PROCESSOR + SECOND.replace("gfni", ""))
    names = [fact.partition(b":")[0].rstrip() for fact in processor_facts(cpuinfo)]
    assert names == [b"vendor_id", b"cpu family", b"model", b"model name", b"stepping", b"flags"]
    assert processor_facts(cpuinfo)[-1].endswith(b"gfni")


def test_a_computer_without_cpuinfo_has_a_name_too(cpuinfo: Path) -> None:
    cpuinfo.unlink()
    assert processor_facts(cpuinfo) == ()
    assert len(digest()) == 64


def test_another_llvm_is_another_name(cpuinfo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    llvmlite = pytest.importorskip("llvmlite")
    assert llvmlite.__version__.encode() in host_processor._llvm_version()
    before = digest()
    monkeypatch.setattr(host_processor, "_llvm_version", lambda: b"another")
    assert digest() != before


def test_naming_the_processor_loads_neither_numpy_nor_llvm() -> None:
    script = (
        "import sys; from vm.host_processor import host_digest; host_digest(); "
        "print([name for name in ('numpy', 'llvmlite', 'subprocess') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
