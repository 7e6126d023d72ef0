"""The model of a migrating device against the spec `migration`: which instances, and how one begins.

What a driver does its own way is a switch in the spec and an entry of `Manner` in the model. The manner of the spec's
profiles is that of the switches; where the known drivers differ from it besides, the spec speaks of a whole family:
it lets a device look at what is written whenever it likes, tells changes in pre-copy, and gives every data file a
poll.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checker.conform.implementation import Case, Choice, Plain, Running, Setting
from models.bind.migration_model import CHOICES, RunningMigration
from models.kernel.migration_manner import Manner
from models.kernel.migration_states import CAN_P2P, CAN_PRE_COPY, CAN_STOP_COPY

RULES = ("way_back_is_blocked", "group_is_open_inside", "saving_is_no_passage")
"""Switches that take pieces out of the core's rule for walks; no kernel is without them."""

OPENED = "boot.opened"
DRIVERS = ("strict", "mtty", "mlx5")
EXACT = ("arcs", "requests", "unsupported", "streams", "background", "patient")


def cases() -> tuple[Case, ...]:
    """Every configuration of the spec with every profile, and larger ones to be sampled."""
    small = tuple(Case(f"{name}-{kernel}", kernel, name) for name in EXACT for kernel in DRIVERS)
    large = tuple(Case(f"recorded-{kernel}", kernel, "recorded", large=True) for kernel in DRIVERS)
    return (*small, *large)


def manner_of(setting: Setting) -> Manner:
    """The driver that the switches describe. ValueError if no driver is like that."""
    if not all(_is_on(setting, rule) for rule in RULES):
        raise ValueError("the core's rule for walks is of one piece")
    switches = setting.switches
    return Manner(
        capabilities=_capabilities(setting) if switches["migratable"] else None,
        resets=bool(switches["resettable"]),
        asks_in_error=bool(switches["warns_in_error"]),
        enters_error=bool(switches["enters_error"]),
        fresh_at_open=not switches["keeps_state_over_close"],
        loads="by length" if switches["accepts_corrupt_stream"] else "checked",
        keeps_refused=bool(switches["accepts_corrupt_stream"]),
        trusts_file=bool(switches["trusts_its_file"]),
        pause_is_end=bool(switches["pause_looks_like_end"]),
        background="changes" if switches["asynchronous"] else "",
        logging="anything" if switches["logging"] else "",
        reinit=bool(switches["reinit"]),
    )


def _is_on(setting: Setting, switch: str) -> bool:
    return bool(setting.switches.get(switch, True))


def _capabilities(setting: Setting) -> int:
    p2p = CAN_P2P if setting.constants.get("p2p") else 0
    return CAN_STOP_COPY | p2p | (CAN_PRE_COPY if setting.constants.get("pre_copy") else 0)


@dataclass(frozen=True, slots=True)
class MigrationModel:
    """What the checker asks for."""

    spec: str = "migration"
    cases: tuple[Case, ...] = field(default_factory=cases)
    choice_of: Mapping[str, str] = field(default_factory=lambda: {place: choice for choice, place in CHOICES.items()})
    """The places where something may fail, by the choice of the spec."""
    must: str = "must "

    def start(self, setting: Setting, choices: tuple[Choice, ...]) -> Running:
        """A device that nobody has opened, or that somebody can migrate."""
        begun: dict[str, Plain] = dict(choices)
        return RunningMigration(manner_of(setting), setting, opened=bool(begun.pop(OPENED, True)))


MODEL = MigrationModel()
