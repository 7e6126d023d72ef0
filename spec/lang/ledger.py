"""The numbers of outcome sites and warnings, in order of first elaboration."""

from __future__ import annotations

from spec.lang.machine import Site, Warning
from spec.lang.spans import BUILTIN, Span

DONE_SITE = Site("done", "", "", BUILTIN)


class Ledger:
    """Gives out numbers; the same place with the same answer has the same number. Site 0 is the plain DONE.

    NOTE(edited-sites): `with_errno` keeps the place of the base's text, so a place alone does not tell an edited
    refusal from the original that `super()` still reaches.
    """

    def __init__(self) -> None:
        self.sites: list[Site] = [DONE_SITE]
        self.warnings: list[Warning] = []
        self._sites: dict[tuple[Span, str, str, str], int] = {(BUILTIN, "done", "", ""): 0}
        self._warnings: dict[tuple[Span, str], int] = {}

    def site(self, site: Site) -> int:
        """The number of an outcome site."""
        number = self._sites.setdefault((site.span, site.kind, site.errno, site.reason), len(self.sites))
        if number == len(self.sites):
            self.sites.append(site)
        return number

    def warning(self, warning: Warning) -> int:
        """The number of a warning."""
        number = self._warnings.setdefault((warning.span, warning.message), len(self.warnings))
        if number == len(self.warnings):
            self.warnings.append(warning)
        return number
