"""No instruction that RISC-V has is called unknown: messages say which extension it needs, as GNU's assembler does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gnu_oracle import gnu_assemble

from asm import AssemblyError, Source, assemble
from asm.extensions import owner
from asm.reader import STATEMENTS

SAMPLES = {
    "f": "fadd.s fmadd.s fsgnjn.s fcvt.w.s fcvt.s.wu feq.s fclass.s frcsr fscsr fsrmi fsqrt.s fmv.s fabs.s fmv.w.x",
    "d": "fadd.d fnmsub.d fcvt.s.d fcvt.d.wu fcvt.wu.d fle.d fneg.d",
    "q": "fadd.q fcvt.s.q fcvt.q.d flq fsq",
    "zfh": "fadd.h fcvt.h.wu fcvt.w.h",
    "zfhmin": "flh fsh fmv.x.h fcvt.h.s fcvt.h.d",
    "zicsr": "csrr csrw csrs csrc csrwi csrrw csrrsi csrrci",
    "zifencei": "fence.i",
    "c": "c.add c.addi4spn c.beqz c.li c.lwsp c.unimp",
    "v": "vsetvli vsetivli vadd.vv vle32.v vmslt.vx vfmacc.vf vredsum.vs vmv.v.i vlseg2e8ff.v vfwcvt.rtz.x.f.v",
    "zba": "sh1add sh3add",
    "zbb": "clz ctz cpop max minu orc.b andn xnor rol rori",
    "zbkb": "brev8 pack unzip",
    "zbkx": "xperm8",
    "zbc": "clmul clmulr",
    "zbs": "bclr bexti",
    "zk": "sha256sig0 sha512sum1r aes32dsi aes32esmi sm3p1 sm4ed",
    "h": "hlv.b hfence.gvma",
    "svinval": "sinval.vma",
    "zawrs": "wrs.sto",
    "zicbo": "cbo.zero prefetch.r",
    "x": "th.addsl",
    "": "mret sret wfi sfence.vma rdcycle rdtimeh la.tls.gd la.tls.ie ld sd lwu addw addiw slliw mulw remuw amoadd.d"
    " lr.d zip rolw czero.eqz mop.r.3 amocas.w amoswap.b fli.s fround.d fcvt.bf16.s vaesdf.vv vclmul.vv ssrdp cm.push",
}
"""Mnemonics by the extension that GNU's assembler says it needs; those of the last row it takes, or does not know."""


def test_every_sample_is_somebodys() -> None:
    for name in " ".join(SAMPLES.values()).split():
        assert owner(name), name
        with pytest.raises(AssemblyError) as caught:
            assemble([Source("x.s", f"{name.upper()} a0, a1, a2\n")])
        [error] = caught.value.diagnostics
        assert error.message == f"'{name.upper()}' needs {owner(name)}; this machine is RV32IMA"
        assert not error.notes


def test_nothing_that_the_machine_has_is() -> None:
    assert [
        name for name in (*STATEMENTS, "foo", "mov", "push", "addx", "fadd", "v", "x" * 100000) if owner(name)
    ] == []


def test_the_same_extension_as_gnu_says(tmp_path: Path) -> None:
    names = [(extension, name) for extension, row in SAMPLES.items() if extension for name in row.split()]
    done = gnu_assemble("".join(f"{name} @\n" for _, name in names), tmp_path)
    said = {int(line): text for line, text in re.findall(r":(\d+): Error: .*, extension (.*) required", done.stderr)}
    for number, (extension, name) in enumerate(names, 1):
        assert re.search(rf"`{extension}", said[number]), (name, said[number])
        letters = extension if extension in ("x", "h", "svinval") else extension.capitalize()
        assert letters in ("x", "h", "svinval") or letters.rstrip("min") in owner(name), (name, owner(name))
