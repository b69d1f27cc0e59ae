#!/usr/bin/env bash
# Installs forklore where Gradescope builds the autograder's image. Written by `forklore grade gradescope`.
# FORKLORE names the command where it is installed already; AUTOGRADER is Gradescope's folder.
set -euo pipefail

autograder=${AUTOGRADER:-/autograder}
forklore=${FORKLORE:-}

if [ -z "$forklore" ]; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates python3 python3-pip python3-venv
    if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python3 -m venv "$autograder/forklore"
    else # the system's Python is too old: one of its own
        python3 -m venv "$autograder/uv"
        "$autograder/uv/bin/python" -m pip install uv
        UV_PYTHON_INSTALL_DIR="$autograder/python" "$autograder/uv/bin/uv" venv --seed --python 3.13 "$autograder/forklore"
    fi
    "$autograder/forklore/bin/python" -m pip install @INSTALL@
    forklore=$autograder/forklore/bin/forklore
fi

# Compiles the machine and the C library now, and not for every submission.
warm=$(mktemp -d)
printf 'int main(void)\n{\n    return 0;\n}\n' >"$warm/nothing.c"
"$forklore" run "$warm/nothing.c"
rm -r "$warm"

# Shows in the log that all is well, where there is a solution.
reference=@REFERENCE@
if [ -n "$reference" ]; then
    "$forklore" grade "$autograder/source/lab/"@TESTS@ "$autograder/source/lab/$reference"
fi
