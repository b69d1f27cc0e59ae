"""What a guest calls itself, is given, writes and has for a source stays text: in the page, and on the terminal."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.film.browsing import Watched
from tests.forking import forked_command
from tests.kernel.guest import PRELUDE
from vm import Machine
from vm.film import html_of, record

MARKUP = (
    "</script><script>hacked = 1</script>", "</ScRiPt ><script>hacked = 1//", "<img src=x onerror=hacked=1>",
    "<svg onload=hacked=1>", "\"'><b onclick=hacked=1 autofocus onfocus=hacked=1>", "&amp;&lt;i&gt;&#60;u&#62;", "]]>",
    "<!-- data -->", "<!-- script -->", "<!--<script>", "</style><style>*{display:none}", "</title><title>hacked",
    "${hacked=1}`'\"\\", "javascript:hacked=1", "__proto__", "constructor", "<iframe src=javascript:hacked=1>",
)  # fmt: skip
"""What a page could take for its own."""
ESCAPES = "\x1b[31m\x1b]0;hacked\x07\x9b2J\x85\u202e\u2066\u2028\u2029\ufeff\x7f\x08\r"
"""What a terminal or a line of text could take for a command."""
BYTES = b"\x00\xff\xfe\xc3\x28\xed\xa0\x80\xf5"
"""What is no text at all."""
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What no text that is shown may have: it is there by its escape."""

PROGRAM = """
.macro shout stream, text, size
    li a0, \\stream
    la a1, \\text
    li a2, \\size
    sys write
.endm
# COMMENTS
_start: la a1, text             # TEXT
        li a0, 15               # PR_SET_NAME
        sys prctl
        shout 1, text, TEXTSIZE
        shout 2, text, TEXTSIZE
        li a0, -100
        la a1, path
        li a2, 0102
        li a3, 0600
        sys openat
        mv s0, a0
        li a1, 0x1000
        li a2, 0
        sys ftruncate64
        li a0, 0
        li a1, 0x1000
        li a2, 1
        li a3, 1
        mv a4, s0
        li a5, 0
        sys mmap2
        lw t0, 0(a0)
        li a0, 0
        la a1, buffer
        li a2, 1000
        sys read
        sys vfork
        bnez a0, parent
        la a0, other
        la a1, vector
        la a2, vector
        sys execve
        exit 1
parent: li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        exit 0
.data
buffer: .space 1000
vector: .word other, text, path, 0
text:   .byte TEXTBYTES, 0
path:   .byte PATHBYTES, 0
other:  .byte OTHERBYTES, 0
"""


def numbers(data: bytes) -> str:
    return ", ".join(map(str, data))


def program(text: bytes, path: bytes, other: bytes) -> bytes:
    """A program that has these bytes for its name, output and arguments, and for paths of what it opens and runs."""
    source = PRELUDE + PROGRAM.replace("TEXTSIZE", str(len(text) + 1)).replace("TEXTBYTES", numbers(text))
    source = source.replace("PATHBYTES", numbers(path)).replace("OTHERBYTES", numbers(other))
    plain = (text + path).replace(b"\n", b"").replace(b"\0", b"").decode(errors="replace")
    return source.replace("COMMENTS", plain).replace("# TEXT", "# " + plain).encode()


def filmed(text: bytes) -> str:
    """The page of a run in which everything that a guest can name is ``text``."""
    path = b"/tmp/" + text.replace(b"\0", b"").replace(b"/", b"|")[:200]
    other = b"/" + text.replace(b"\0", b"").replace(b"/", b"\\")[:200] + b".s"
    named = [data.decode(errors="surrogateescape") for data in (text.replace(b"\0", b""), path, other)]
    name = named[2]
    files = {name: program(text.replace(b"\0", b""), path, other.replace(b".s", b"!.s"))}
    files[name.replace(".s", "!.s")] = (PRELUDE + f"# {text!r}\n_start: exit 0\n").encode()
    run = Machine(files=files, instructions=1_000_000).boot(
        name, [each.encode(errors="surrogateescape") for each in named], environment={"HOME": named[0]}, input=text
    )
    run.start()
    head = {"title": named[0], "caption": named[0], "program": name, "arguments": named, "settings": {"root": named[0]}}
    reel = record(run.kernel, run.advance, head=head)
    result = run.finish()
    assert (result.status, len(result.processes)) == (0, 2), result.message
    return html_of([reel], title=named[0], caption=named[0])


LOOK = """
async () => {
  const {film, app} = window.forklore;
  const texts = new Set();
  const read = () => {
    texts.add(document.body.innerText);
    for (const element of document.querySelectorAll("[title], [aria-label]")) {
      texts.add(element.getAttribute("title") ?? "");
      texts.add(element.getAttribute("aria-label") ?? "");
    }
  };
  for (let moment = 0; moment < film.count; moment += 1) {
    const frames = film.uses(moment).filter((use) => use.use !== "machine").map((use) => use.frame);
    app.show({moment, life: moment % film.lives.length, frame: frames[moment % frames.length] ?? -1});
    await app.settled();
    read();
  }
  const tags = {}, handlers = [], addresses = [];
  for (const element of document.querySelectorAll("*")) {
    tags[element.localName] = (tags[element.localName] ?? 0) + 1;
    for (const {name, value} of element.attributes) {
      if (name.startsWith("on")) handlers.push(`${element.localName} ${name}`);
      if (["href", "src", "action", "data", "srcdoc"].includes(name)) addresses.push(value);
    }
  }
  return JSON.stringify({
    tags, handlers, addresses, texts: [...texts], title: document.title, hacked: typeof window.hacked,
    globals: Object.getOwnPropertyNames(window).sort(), film: JSON.stringify({
      head: film.head, lives: film.lives, output: film.output(film.count - 1), input: film.input(film.count - 1),
      names: film.lives.map((life) => film.name(life.id, film.count - 1)),
      events: Array.from({length: film.events.count}, (_, number) => film.eventText(number)),
      prototype: Object.keys(Object.prototype),
    }),
  });
}
"""


def looked_at(page: Page) -> dict[str, Any]:
    """What is in the page after every moment was shown."""
    return json.loads(page.evaluate(LOOK))


@pytest.fixture(scope="module")
def harmless(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The page of the same program with words for texts."""
    watched = Watched(browser, tmp_path_factory.mktemp("harmless"))
    found = looked_at(watched(filmed(b"some words")))
    watched.close()
    assert not watched.said
    assert "some words" in "".join(found["texts"])
    return found


def check(page: Page, harmless: dict[str, Any]) -> dict[str, Any]:
    """A page of hostile texts has nothing that one of words has not."""
    found = looked_at(page)
    assert found["hacked"] == "undefined"
    assert found["globals"] == harmless["globals"]
    assert found["handlers"] == harmless["handlers"] == []
    assert found["tags"].keys() <= harmless["tags"].keys()
    for tag in (
        "script",
        "style",
        "title",
        "link",
        "meta",
        "base",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
    ):
        assert found["tags"].get(tag) == harmless["tags"].get(tag), tag
    assert [each for each in found["addresses"] if not each.startswith(("#", "data:"))] == []
    assert '"prototype":[]' in found["film"]
    assert [
        text[max(at.start() - 30, 0) : at.end() + 30] for text in found["texts"] if (at := UNSEEN.search(text))
    ] == []
    assert not UNSEEN.search(found["title"])
    return found


def test_markup_stays_text(page_of: Watched, harmless: dict[str, Any]) -> None:
    text = "".join(MARKUP)
    found = check(page_of(filmed(text.encode())), harmless)
    assert found["title"] == text
    shown = "".join(found["texts"])
    assert text in shown.replace("\n", "")


def test_escapes_and_bytes_are_spelt(page_of: Watched, harmless: dict[str, Any]) -> None:
    found = check(page_of(filmed(ESCAPES.encode() + BYTES)), harmless)
    shown = "".join(found["texts"])
    for spelling in ("\\x1b[31m", "\\x07", "\\u202e", "\\u2028", "\\xff"):
        assert spelling in shown, spelling


@pytest.mark.full
@pytest.mark.parametrize("text", MARKUP)
def test_each_markup_by_itself_stays_text(text: str, page_of: Watched, harmless: dict[str, Any]) -> None:
    found = check(page_of(filmed(text.encode())), harmless)
    assert found["title"] == text


FRAGMENTS = (
    "clock=<img src=x onerror=hacked=1>&frame=</script>", "__proto__=1&constructor=2&process=-1&page=1e999",
    "clock=NaN&steps=Infinity&frame=999999999999&page=-5&process=0x10", "%", "&=&&%00",
)  # fmt: skip


def test_an_address_is_only_an_address(page_of: Watched, harmless: dict[str, Any]) -> None:
    page = page_of(filmed(b"some words"))
    for fragment in FRAGMENTS:
        page.evaluate("(fragment) => { location.hash = fragment; }", fragment)
        page.reload()
        page.evaluate("window.forklore.ready.then(() => true)")
        assert page.evaluate("typeof window.hacked") == "undefined"
        assert page.evaluate("Object.getOwnPropertyNames(window).sort()") == harmless["globals"]
        moment, count = page.evaluate("[window.forklore.app.state.moment, window.forklore.film.count]")
        assert 0 <= moment < count, fragment


# --- the terminal -----------------------------------------------------------------------------------------------------

EVIL = "\x1b]0;hacked\x07\x9b31m\u202e\r</script>"


def said(*arguments: str, folder: Path) -> bytes:
    """What ``forklore film`` says on standard error."""
    command = [*forked_command(), "film", *arguments]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    assert b"Traceback" not in done.stderr
    return done.stderr


def test_what_is_said_is_spelt_on_the_terminal(tmp_path: Path) -> None:
    """Names of programs that there are not, that are none, and that wait for ever; of a page that cannot be written."""
    name = EVIL.replace("/", "|")
    (tmp_path / f"{name}.s").write_text(f"_start: nonsense {EVIL}\n")
    (tmp_path / f"{name}-waits.s").write_text(
        PRELUDE + "_start: sys rt_sigsuspend\n li a0, 0\n la a0, x\n sys pause\nx:\n"
    )
    told = [
        said(f"{name}-none.s", "-o", "film.html", folder=tmp_path),
        said(f"{name}.s", "-o", "film.html", folder=tmp_path),
        said(f"{name}-waits.s", "-o", f"no{EVIL}/film.html", folder=tmp_path),
        said(f"{name}-waits.s", EVIL, "-o", f"{name}.html", folder=tmp_path),
    ]
    for each in told:
        text = each.decode()
        assert not UNSEEN.search(text), text
    assert all(b"\\x1b]0;hacked" in each for each in told[:3])
