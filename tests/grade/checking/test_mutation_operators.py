"""Mistakes that are made by machine: each where it belongs, and nothing else is changed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers.c_cpp import CLexer
from pygments.token import Comment, String

from vm.grade.checking.changes import Source
from vm.grade.checking.operators import ASSEMBLY, C, find_changes
from vm.grade.checking.tokens import tokenize


def mutated(name: str, text: str, operator: str) -> list[str]:
    """What a text becomes, by each of an operator's changes."""
    return [change.apply(text) for each, change in find_changes(name, text) if each == operator]


def in_main(statements: str, operator: str) -> list[str]:
    """What statements of a function become."""
    head, tail = "int main(void) { ", " }\n"
    made = mutated("a.c", head + statements + tail, operator)
    assert all(each.startswith(head) and each.endswith(tail) for each in made)
    return [each[len(head) : -len(tail)] for each in made]


CASES = [
    ("no-wait", "wait(&status);", [";"]),
    ("no-wait", "(void)waitpid(pid, 0, 0);", [";"]),
    ("no-wait", "while (wait(NULL) > 0);", ["while ((-1) > 0);"]),
    ("no-wait", "pid_t p = wait(&s);", ["pid_t p = (-1);"]),
    ("no-close", "close(fds[0]);", [";"]),
    ("no-close", "if (close(f) < 0) return 1;", ["if ((0) < 0) return 1;"]),
    ("no-exit", "if (!pid) { f(); _exit(3); }", ["if (!pid) { f(); ; }"]),
    ("no-flush", "fflush(stdout);", [";"]),
    ("fork-kind", "if (fork() == 0) vfork();", ["if (vfork() == 0) vfork();", "if (fork() == 0) fork();"]),
    ("exit-kind", "exit(1);", ["_exit(1);"]),
    ("exit-kind", "_exit(1);", ["exit(1);"]),
    ("swapped", "dup2(fds[1], f(1, 2));", ["dup2(f(1, 2), fds[1]);"]),
    ("swapped", "dup2(a, a);", []),
    ("pipe-end", "close(fds[0]); x = fds[2] + argv[1];", ["close(fds[1]); x = fds[2] + argv[1];"]),
    ("wait-for-any", "waitpid(pid, &s, 0);", ["waitpid(-1, &s, 0);"]),
    ("wait-for-any", "waitpid(-1, &s, 0);", []),
    ("wait-no-hang", "waitpid(pid, &s, 0);", ["waitpid(pid, &s, WNOHANG);"]),
    ("raw-status", "printf(f, WEXITSTATUS(s));", ["printf(f, (s));"]),
    ("status", "exit(0);", ["exit(1);"]),
    ("status", "return 7;", ["return 0;"]),
    ("status", "return EXIT_FAILURE;", ["return EXIT_SUCCESS;"]),
    ("stream", "fputs(s, stdout);", ["fputs(s, stderr);"]),
    ("condition", "if (a && f(b)) c();", ["if (!(a && f(b))) c();"]),
    ("condition", "while (*x);", ["while (!(*x));"]),
    ("comparison", "x = a == b;", ["x = a != b;"]),
    ("boundary", "for (i = 0; i < n; i++);", ["for (i = 0; i <= n; i++);"]),
    ("junction", "x = a && b;", ["x = a || b;"]),
    ("arithmetic", "x = a + b; y = -1; z++; return -1;", ["x = a - b; y = -1; z++; return -1;"]),
    ("constant", "f(10u);", ["f(11u);", "f(9u);"]),
    ("constant", "f(0x10, 1.5, 'a');", ["f(17, 1.5, 'a');", "f(15, 1.5, 'a');"]),
    ("string", r'f("\n%d: az");', [r'f("\n%d: bz");']),
    ("string", 'f("");', []),
    ("newline", r'f("a\n"); f("a\\n");', [r'f("a"); f("a\\n");']),
    ("no-statement", "int i = 0; i = f(1); pid_t p; break;", ["int i = 0; ; pid_t p; break;",
                                                               "int i = 0; i = f(1); pid_t p; ;"]),
    ("no-statement", "if (a) x(); else y();", ["if (a) ; else y();", "if (a) x(); else ;"]),
    ("no-statement", "switch (a) { case 1: x(); default: y(); }",
     ["switch (a) { case 1: ; default: y(); }", "switch (a) { case 1: x(); default: ; }"]),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "before", "after"), CASES)
def test_an_operator_makes_its_mistake(operator: str, before: str, after: list[str]) -> None:
    assert in_main(before, operator) == after


def test_every_operator_is_shown_here() -> None:
    assert {operator for operator, _, _ in CASES} == set(C)


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ("no-call", "f:  ecall # now\n", ["f:   # now\n"]),
        ("fork-kind", "  li a7, SYS_fork\n", ["  li a7, SYS_vfork\n"]),
        ("fork-kind", "  li a7, 1071\n", ["  li a7, 1079\n"]),
        (
            "branch",
            "  beqz a0, 1f; bne a0, a1, f\n",
            ["  bnez a0, 1f; bne a0, a1, f\n", "  beqz a0, 1f; beq a0, a1, f\n"],
        ),
        ("constant", "  addi sp, sp, -16\n", ["  addi sp, sp, -17\n"]),
        ("constant", ".equ N, 4\n", [".equ N, 5\n"]),
        ("string", 's: .asciz "a # b" # c\n', ['s: .asciz "b # b" # c\n']),
        ("no-instruction", "1: mv a0, a1 // a\n.text\n", ["1:  // a\n.text\n"]),
        ("no-instruction", "/* mv a0, a1\n ecall */ ret\n", ["/* mv a0, a1\n ecall */ \n"]),
    ],
)
def test_an_operator_on_assembly(operator: str, before: str, after: list[str]) -> None:
    assert mutated("a.s", before, operator) == after
    assert operator in ASSEMBLY


HIDDEN = """
// wait(NULL); x == 1; don't
/* if (fork() == 0) _exit(1); " */
#include "wait(0);"
#if 1 == 2 /* close(1);
close(2); */
#endif
#define F(x) ((x) == 1)
char *s = "/* == */ // fork();", c = '"';
"""


def test_comments_strings_and_the_preprocessors_lines_have_no_mistakes() -> None:
    found = [(operator, HIDDEN[change.start : change.end]) for operator, change in find_changes("a.c", HIDDEN)]
    assert found == [("string", "f")]


PROGRAMS = sorted((Path(__file__).parents[3] / "programs" / "c").glob("*.c"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_another_lexer_knows_where_comments_and_strings_are(path: Path) -> None:
    text = path.read_text()
    kinds = {}
    for start, kind, piece in CLexer().get_tokens_unprocessed(text):
        kinds.update(dict.fromkeys(range(start, start + len(piece)), kind))
    found = list(find_changes(path.name, text))
    assert found
    for operator, change in found:
        first, last = kinds[change.start], kinds[change.end - 1]
        assert first not in Comment or first in Comment.Preproc
        assert (first in String and first not in String.Char) == (operator in ("string", "newline"))
        assert last not in Comment or last in Comment.Preproc


def test_a_number_that_has_a_name_is_changed() -> None:
    assert mutated("a.h", "#define N 4 // four\n", "constant") == ["#define N 5 // four\n", "#define N 3 // four\n"]
    assert mutated("a.h", "  #  define N \\\n 4\n", "constant") == [
        "  #  define N \\\n 5\n", "  #  define N \\\n 3\n",
    ]  # fmt: skip


def test_lines_keep_their_numbers() -> None:
    text = "int main(void) {\n  f(1,\n\n    2);\n  g();\n}\n"
    for made in mutated("a.c", text, "no-statement"):
        assert made.count("\n") == text.count("\n")


def test_prototypes_and_bodies_that_do_not_close_are_no_calls() -> None:
    assert not Source("pid_t fork(void);\nint wait(int *s);\n").calls
    assert [call.name for call in Source("int f(void) { return wait(0); } int g(void) { wait(").calls] == ["wait"]


PIECES = st.sampled_from(
    ["fork()", "wait(", ")", "{", "}", ";", "(", '"', "'", "\\", "\n", "/*", "*/", "//", "#", "#define A ", " ", "==",
     "if", "else", "case 1", ":", "return", "0", "x", "dup2(a,", ",", "%d", "\\n", "[", "]", "int ", "\r\n", "ä", "\0",
     ".asciz ", "ecall", "li a0,", "beqz"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(["a.c", "a.s"]))
def test_any_text_has_words_and_mistakes_change_it_in_one_place(text: str, name: str) -> None:
    tokens = tokenize(text)
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert all(one.end <= other.start for one, other in pairwise(tokens))
    for _, change in find_changes(name, text):
        made = change.apply(text)
        assert 0 <= change.start <= change.end <= len(text)
        assert made.startswith(text[: change.start] + change.after)
        assert made.endswith(text[change.end :])
        assert made.count("\n") >= text.count("\n") - change.after.count("\n")
