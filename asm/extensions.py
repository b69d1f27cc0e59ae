"""Instructions that RISC-V has and this machine does not: which extension each belongs to.

Source: *RISC-V Instruction Set Manual*, volumes I and II, the ratified extensions and their pseudo-instructions.
"""

from __future__ import annotations

import re
from functools import lru_cache

_FLOAT = r"""f(?:abs|add|class|cvt\.(?:lu?|wu?)|div|eq|ge|gt|le|lt|madd|max|min|msub|mul|mv|neg|nmadd|nmsub|sgnj[nx]?
    |sqrt|sub)"""
_FLOAT_MORE = r"f(?:leq|li|ltq|maxm|minm|round|roundnx)"

_PATTERNS = (
    (
        "RV64I, the 64-bit instruction set",
        r"ld|sd|lwu|addiw|(?:add|sub|sll|srl|sra|neg)w|(?:slli|srli|srai)w|(?:sext|zext)\.w|(?:mul|divu?|remu?)w"
        r"|(?:amo(?:add|and|maxu?|minu?|or|swap|xor)|lr|sc)\.d(?:\.aq|\.rl|\.aqrl)?",
    ),
    ("RV128I, the 128-bit instruction set", r"[ls]q|ldu"),
    ("extension Zicsr (control and status registers)", r"csr(?:[crsw]|r[csw])i?"),
    ("extension Zicntr (counters)", r"rd(?:cycle|time|instret)h?"),
    ("extension Zifencei (fetching code that was written)", r"fence\.i"),
    (
        "the privileged architecture",
        r"[msuhd]ret|mnret|wfi|sfence\.vma?|[sh]inval\.\w+|sfence\.\w+\.\w+|hfence\.\w+|h[ls]vx?\.\w+|sctrclr",
    ),
    ("extension C (compressed instructions)", r"c\.[a-z0-9.]+"),
    ("extension Zcmp or Zcmt (compressed calls)", r"cm\.\w+"),
    (
        "extension F (floating point)",
        rf"{_FLOAT}\.s|f[ls]w|fmv\.(?:[sw]\.x|x\.[sw])|f[rs](?:csr|flags|rm)|fs(?:flags|rm)i|f[rs]sr"
        r"|fcvt\.s\.(?:wu?|lu?)",
    ),
    (
        "extension D (floating point of double precision)",
        rf"{_FLOAT}\.d|f[ls]d|fmv\.(?:d\.x|x\.d)|fcvt\.(?:s\.d|d\.s|d\.wu?|d\.lu?)",
    ),
    (
        "extension Q (floating point of quadruple precision)",
        rf"{_FLOAT}\.q|f[ls]q|fcvt\.(?:[dhs]\.q|q\.[dhs]|q\.wu?|q\.lu?)|fmv\.(?:q\.x|x\.q)",
    ),
    (
        "extension Zfh (floating point of half precision)",
        rf"{_FLOAT}\.h|f[ls]h|fmv\.(?:h\.x|x\.h)|fcvt\.(?:[ds]\.h|h\.[ds]|h\.wu?|h\.lu?)",
    ),
    ("extension Zfa (more of floating point)", rf"{_FLOAT_MORE}\.[dhqs]|fcvtmod\.w\.d|fmvh\.x\.[dq]|fmvp\.[dq]\.x"),
    ("extension Zfbfmin (floating point of type bfloat16)", r"fcvt\.(?:bf16\.s|s\.bf16)"),
    (
        "extension Zvk or Zvb (vector cryptography)",
        r"v(?:aes|sha2|sm3|sm4|ghsh|gmul|brev8?|rev8|clz|ctz|cpop|rol|ror|wsll|andn|clmulh?)\w*\.v[vixs]?",
    ),
    ("extension V (vectors)", r"v(?:set(?:vli?|ivli)|[a-z][a-z0-9]*(?:\.[a-z0-9]+)+)"),
    ("extension Zba (addresses)", r"sh[123]add(?:\.uw)?|add\.uw|slli\.uw|zext\.w"),
    (
        "extension Zbb (bit manipulation)",
        r"clzw?|ctzw?|cpopw?|maxu?|minu?|orc\.b|andn|orn|xnor|ro[lr]w?|roriw?|rev8",
    ),
    ("extension Zbs (single bits)", r"b(?:clr|ext|inv|set)i?"),
    ("extension Zbc (carry-less multiplication)", r"clmul[hr]?"),
    ("extension Zbkb or Zbkx (bit manipulation for cryptography)", r"brev8|packh?|packw|unzip|zip|xperm[48]"),
    (
        "extension Zk (cryptography)",
        r"aes(?:32(?:dsm?i|esm?i)|64(?:dsm?|esm?|im|ks1i|ks2))|sha(?:256|512)(?:sig|sum)[01][hlr]?"
        r"|sm3p[01]|sm4(?:ed|ks)",
    ),
    ("extension Zicond (conditional operations)", r"czero\.(?:eqz|nez)"),
    ("extension Zacas (compare and swap)", r"amocas\.[wdq](?:\.aq|\.rl|\.aqrl)?"),
    (
        "extension Zabha (atomics of bytes and halves)",
        r"amo(?:add|and|cas|maxu?|minu?|or|swap|xor)\.[bh](?:\.aq|\.rl|\.aqrl)?",
    ),
    ("extension Zalasr (loads and stores that order)", r"(?:l[bhwd]\.aq|s[bhwd]\.rl|[ls][bhwd]\.aqrl)"),
    ("extension Zawrs (waiting for a store)", r"wrs\.[ns]to"),
    ("extension Zihintntl (hints on reuse)", r"(?:c\.)?ntl\.(?:p1|pall|s1|all)"),
    ("extension Zicbom, Zicbop or Zicboz (caches)", r"cbo\.\w+|prefetch\.[irw]"),
    ("extension Zimop (operations that may be)", r"mop\.rr?\.\d+"),
    ("extension Zicfiss or Zicfilp (protection of returns)", r"ss(?:push|popchk|rdp|amoswap\.[wd].*)|lpad"),
    ("an extension of a vendor", r"(?:th|cv|nds|sf|qc|mips|ri)\.[\w.]+"),
    ("thread-local storage, which images here do not have", r"la\.tls\.[gi][de]|la\.tlsdesc"),
)

_EXTENSIONS = tuple((name, re.compile(pattern, re.VERBOSE)) for name, pattern in _PATTERNS)


@lru_cache(maxsize=256)
def owner(mnemonic: str) -> str:
    """What a mnemonic belongs to that RISC-V has and this machine does not; nothing if RISC-V has no such one."""
    if len(mnemonic) > 32:
        return ""
    lowered = mnemonic.lower()
    return next((name for name, pattern in _EXTENSIONS if pattern.fullmatch(lowered)), "")
