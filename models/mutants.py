"""All mutants: the faults that the checks of `models.checks` have to notice, by the model that they are in.

`uapicheck mutate MODEL` runs them. A mutant whose text is not found is an error, so the tables follow the models.
"""

from __future__ import annotations

from typing import Final

from models.mutations.dma_ownership_core import CORE
from models.mutations.dma_ownership_vfio import VFIO
from models.mutations.migration import MIGRATION
from models.mutations.mutant import Mutant
from models.mutations.page_tables import PAGE_TABLES

MUTANTS: Final[tuple[Mutant, ...]] = (*PAGE_TABLES, *CORE, *VFIO, *MIGRATION)
