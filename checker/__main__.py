"""`python -m checker` is the command `uapicheck`."""

from checker.cli import main

main()
