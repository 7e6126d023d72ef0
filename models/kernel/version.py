"""Kernel versions, by how they behave where they differ. Kernel: drivers/iommu/iommu.c of 6.12 and 7.0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """What one version does.

    `reverts_failing_member`: the roll-back of a switch includes the member that failed, later ones rely on a failed
    attach having changed nothing. `has_resets`: a reset is bracketed by the core (c279e83953d9 and what fixed it).
    `group_comes_first`: a PASID attach looks for the group before it asks whether the driver can do it at all.
    `skips_incapable`: members that cannot issue PASIDs are passed over, instead of refusing the attach.
    `replaces_pasids`: a PASID can be moved from one domain to another.
    """

    name: str
    reverts_failing_member: bool
    has_resets: bool
    group_comes_first: bool
    skips_incapable: bool
    replaces_pasids: bool


V6_12 = Version("6.12", True, False, False, False, False)
V7_0 = Version("7.0", False, True, True, True, True)
