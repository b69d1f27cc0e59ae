"""``python -m forklore``: the command line."""

from vm.cli import main

main()
