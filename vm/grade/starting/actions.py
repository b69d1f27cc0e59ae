"""A workflow of GitHub Actions that grades a repository.

Source: *Workflow syntax for GitHub Actions*. The names of files come to the shell in variables, so that none of them is
taken for a command.
"""

from __future__ import annotations

import json

from vm.grade.starting.skeleton import INSTALL, TEMPLATES
from vm.version import VERSION


def workflow(tests: str, submission: str = ".", install: str = INSTALL) -> str:
    """Return the workflow that grades ``submission`` by ``tests``, both paths below the repository's top.

    ``install`` is what pip installs.

    Raises ValueError for names that cannot be written there.
    """
    text = (TEMPLATES / "actions" / "grade.yml").read_text("utf-8")
    for mark, value in (("@TESTS@", tests), ("@SUBMISSION@", submission), ("@INSTALL@", install)):
        if "${{" in value or not value.isprintable():
            raise ValueError(f"a workflow cannot have the name {value!r}")
        path = f"./{value}" if value.startswith("-") else value
        text = text.replace(mark, json.dumps(path))  # a string of JSON is one of YAML
    return text.replace("@VERSION@", VERSION)
