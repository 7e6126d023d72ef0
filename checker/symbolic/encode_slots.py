"""Where values sit in the bits of a state: one run of bits per slot, in the order of the slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checker.symbolic.circuit import Lit
from checker.symbolic.sym_algebra import Algebra
from checker.symbolic.sym_values import Cases, Row, Sym, Table
from checker.symbolic.sym_world import Symbols
from spec.lang.types import Extent, IntType, MapType, SeqType, Type
from spec.lang.values import Value, capacity, cardinality, decode_slots, encode_slots, key_count, leaves


class Slots:
    """The slots of some named values; `labels` are the names of their bits, `width` is how many there are."""

    def __init__(self, algebra: Algebra, kinds: Mapping[str, Type], prefix: str) -> None:
        self.algebra = algebra
        self.circuit = algebra.circuit
        self.kinds = dict(kinds)
        self.labels = tuple(
            f"{prefix}{name}[{slot}].{bit}"
            for name, kind in self.kinds.items()
            for slot, leaf in enumerate(leaves(kind, algebra.finite))
            for bit in range(self._bits_of(leaf))
        )
        self.width = len(self.labels)

    def _bits_of(self, leaf: Type) -> int:
        return max(0, cardinality(leaf, self.algebra.finite) - 1).bit_length()

    def inputs(self) -> tuple[Lit, ...]:
        """A new input for every bit."""
        return tuple(self.circuit.input(label) for label in self.labels)

    # --- values -------------------------------------------------------------------------------------------------

    def symbols(self, bits: Sequence[Lit]) -> Symbols:
        """The values that stand in these bits."""
        source = iter(bits)
        return {name: self._read(kind, source) for name, kind in self.kinds.items()}

    def _read(self, kind: Type, source: Iterator[Lit]) -> Sym:
        match kind:
            case MapType(_, value):
                return Table(tuple(self._read(value, source) for _ in range(key_count(kind, self.algebra.finite))))
            case SeqType(item, _):
                length = self._read(_length_type(kind, self.algebra), source)
                assert isinstance(length, Cases)
                return Row(length, tuple(self._read(item, source) for _ in range(capacity(kind, self.algebra.finite))))
            case _:
                width = self._bits_of(kind)
                if width == 0:
                    return self.algebra.filler(kind)
                return self.algebra.from_bits([next(source) for _ in range(width)], kind)

    def bits(self, values: Symbols) -> tuple[Lit, ...]:
        """The bits of values, unused items of sequences as 0."""
        return tuple(bit for name, kind in self.kinds.items() for bit in self._written(values[name], kind))

    def _written(self, value: Sym, kind: Type) -> Iterator[Lit]:
        match value, kind:
            case Table(entries), MapType(_, item):
                for entry in entries:
                    yield from self._written(entry, item)
            case Row(length, items), SeqType(item, _):
                yield from self.algebra.to_bits(length, _length_type(kind, self.algebra))
                for place in range(capacity(kind, self.algebra.finite)):
                    used = self.algebra.shorter(value, place) ^ 1
                    bits = self.algebra.to_bits(items[place] if place < len(items) else self.algebra.filler(item), item)
                    yield from (self.circuit.both(used, bit) for bit in bits)
            case _:
                yield from self.algebra.to_bits(value, kind)[: self._bits_of(kind)]

    def typed(self, bits: Sequence[Lit]) -> Lit:
        """True where every slot holds a code and unused items are 0."""
        source = iter(bits)
        return self.circuit.conj([lit for kind in self.kinds.values() for lit in self._typed(kind, source)])

    def _typed(self, kind: Type, source: Iterator[Lit]) -> Iterator[Lit]:
        match kind:
            case MapType(_, value):
                for _ in range(key_count(kind, self.algebra.finite)):
                    yield from self._typed(value, source)
            case SeqType(item, _):
                size = _length_type(kind, self.algebra)
                bits = [next(source) for _ in range(self._bits_of(size))]
                yield self.algebra.in_range(bits, size)
                for place in range(capacity(kind, self.algebra.finite)):
                    unused = self.circuit.disj([self.algebra.is_code(bits, n) for n in range(place + 1)])
                    held = [next(source) for _ in range(self._bits_of(item))]
                    yield self.algebra.in_range(held, item)
                    yield from (self.circuit.both(unused, bit) ^ 1 for bit in held)
            case _:
                yield self.algebra.in_range([next(source) for _ in range(self._bits_of(kind))], kind)

    # --- plain values -------------------------------------------------------------------------------------------

    def decode(self, bits: Sequence[bool]) -> dict[str, Value]:
        """The plain values in these bits; `NotInType` for bits that are no codes."""
        source = iter(bits)
        found: dict[str, Value] = {}
        for name, kind in self.kinds.items():
            codes = []
            for leaf in leaves(kind, self.algebra.finite):
                codes.append(sum(next(source) << place for place in range(self._bits_of(leaf))))
            found[name] = decode_slots(codes, kind, self.algebra.finite)
        return found

    def encode(self, values: Mapping[str, Value]) -> tuple[bool, ...]:
        """The bits of plain values."""
        found: list[bool] = []
        for name, kind in self.kinds.items():
            codes = encode_slots(values[name], kind, self.algebra.finite)
            for code, leaf in zip(codes, leaves(kind, self.algebra.finite), strict=True):
                found += [bool(code >> place & 1) for place in range(self._bits_of(leaf))]
        return tuple(found)


def _length_type(kind: SeqType, algebra: Algebra) -> IntType:
    return IntType(Extent(0), Extent(capacity(kind, algebra.finite)))

