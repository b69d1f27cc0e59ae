"""Files with tests: a lab in TOML, read with all that is wrong with it told at once, by line.

vm/manual/tests.md describes them for those who write them, and :mod:`vm.grade.reading.tables` has a row for each key.
"""

from vm.grade.reading.labs import read_lab as read_lab
from vm.grade.reading.labs import read_with_files as read_with_files
from vm.grade.reading.problems import Problem as Problem
from vm.grade.reading.problems import WrongLab as WrongLab
