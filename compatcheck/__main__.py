"""`python -m compatcheck` and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; every CompatcheckError becomes one message on standard error and an exit code."""
    from compatcheck.cli.app import run_app

    sys.exit(run_app())


if __name__ == "__main__":
    main()
