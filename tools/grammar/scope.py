"""The 64 bits that the grammar's rules hand on: which table each alias means, and what else is in scope.

    T1 ... T6   bare   outer   depth   renamed   bound T1 ... T6   other   derived
    6 x 6       6      6       4       1         6                 2       2

A table is a number from 1; 0 is not decided yet, LOOSE any table (of a join, or one too many for six bits).
Each attribute is a piece of grammar: a condition, or how a rule changes the bits for the next.
"""

from dataclasses import dataclass
from functools import reduce

WIDTH = 6
LOOSE = (1 << WIDTH) - 1
ALIASES = 6
"""T1 to T6 are followed exactly; another alias, if FROM declares one, may take any column."""
MOST_JOINS = 8
DEPTH = WIDTH * (ALIASES + 2)
RENAMED = DEPTH + 4
BOUND = RENAMED + 1


@dataclass(frozen=True)
class Slot:
    """Some bits that hold a table's number; decided once, they stay."""

    start: int

    @property
    def bits(self) -> str:
        return f"[{self.start}:{self.start + WIDTH}]"

    @property
    def none(self) -> str:
        return f"is_zeros({self.bits})"

    @property
    def some(self) -> str:
        return f"not({self.none})"

    def fresh(self, table: int) -> str:
        """A scope of its own, with only this."""
        return f"{table << self.start:#x}"

    def holds(self, table: int) -> str:
        return f"eq({self.bits}, {table})"

    def may_be(self, table: int) -> str:
        return f"or({self.none}, {self.holds(table)})"

    def put(self, table: int) -> str:
        return f"bit_or({table << self.start:#x})"


@dataclass(frozen=True)
class Alias(Slot):
    number: int

    @property
    def name(self) -> str:
        return f"T{self.number}"

    @property
    def _bound(self) -> int:
        return BOUND + self.number - 1

    @property
    def unbound(self) -> str:
        return f"bit_clear({self._bound})"

    @property
    def kept(self) -> str:
        """It is not used, or FROM declares it as the select list took it."""
        return f"or({self.none}, bit_set({self._bound}))"

    def bind(self, table: int, without: int = 0) -> str:
        """Declared in FROM; `without`: where names without a table come from, if that is decided with it."""
        return f"bit_or({table << self.start | 1 << self._bound | without << bare.start:#x})"


class depth:  # noqa: N801  (read in the grammar like the slots)
    """How many parentheses are open in the select list."""

    _bits = f"[{DEPTH}:{RENAMED}]"
    more, less = f"incr({_bits})", f"decr({_bits})"
    none, some = f"is_zeros({_bits})", f"not(is_zeros({_bits}))"


class joins:  # noqa: N801
    """How many tables are joined: after FROM no parenthesis is open, so the same bits count again.

    Without a bound a model that cannot say what it wants joins on and on.
    """

    more, few = depth.more, f"lt([{DEPTH}:{RENAMED}], {MOST_JOINS})"


class renamed:  # noqa: N801
    """Did the select list give a name with AS? GROUP BY, HAVING and ORDER BY may use it, WHERE and ON not."""

    put, holds, drop = f"set_bit({RENAMED})", f"bit_set({RENAMED})", f"clear_bit({RENAMED})"


@dataclass(frozen=True)
class Others:
    """Other aliases, of tables or of derived tables: is one used, is one declared?"""

    bit: int
    also: int = 0
    """Bits that a declaration sets too."""

    @property
    def use(self) -> str:
        return f"set_bit({self.bit})"

    @property
    def bound(self) -> str:
        return f"bit_set({self.bit + 1})"

    @property
    def kept(self) -> str:
        return f"or(bit_clear({self.bit}), {self.bound})"

    def bind(self, without: int = 0) -> str:
        return f"bit_or({1 << (self.bit + 1) | self.also | without << bare.start:#x})"


aliases = [Alias(WIDTH * (number - 1), number) for number in range(1, ALIASES + 1)]
bare = Slot(WIDTH * ALIASES)
"""Where names without a table come from."""
outer = Slot(WIDTH * (ALIASES + 1))
"""The same of the query around this one; 0 if there is none."""
other = Others(BOUND + ALIASES)
derived = Others(BOUND + ALIASES + 2, also=1 << BOUND + ALIASES + 1)
"""The columns of a derived table may have any name."""
OF_THE_FIRST = f"bit_and({LOOSE << outer.start | 1 << RENAMED:#x})"
"""What the second query of a UNION keeps: its ORDER BY names what the first selects."""
NO_TABLE = f"is_zeros([0:{outer.start}])"
_KEPT = [*(alias.kept for alias in aliases), other.kept, derived.kept]
ALL_BOUND = reduce(lambda before, kept: f"and({before}, {kept})", _KEPT)
DECLARED = f"or({outer.some}, {ALL_BOUND})"
"""Every alias in use is declared in this FROM, or may be of the query around it."""
