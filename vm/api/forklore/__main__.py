"""``python -m forklore``: the command line."""

from vm.entry import main

main()
