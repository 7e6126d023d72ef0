"""`python -m checker` is the command `uapicheck`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command; Ctrl-C while it is still being loaded is no traceback either."""
    try:
        from checker.cli import main as run
    except KeyboardInterrupt:
        print("interrupted before there was a result", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
