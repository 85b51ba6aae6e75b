"""The set-up: from a bare machine to one where everything runs. Standard library only, since nothing is installed yet.

`packages.py` makes the virtual environment with the pinned Python packages · `system.py` finds browsers and fonts and
installs the missing ones from Debian where it may · `__main__.py` puts the two in order. `scripts/setup` starts it with a
Python that is new enough.
"""
