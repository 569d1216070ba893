"""Tokens drawn within a constraint, which is asked for a whole mask only where it must be."""

from typing import cast

import torch

from routesql.agents.model.constraint import Constraint
from routesql.agents.model.request import Sampling
from routesql.agents.model.sampling import choose

LOGITS = torch.log(torch.tensor([0.4, 0.3, 0.2, 0.1]))
DRAWS = 4000


class Even:
    """Allows tokens 0 and 2."""

    masks = 0

    def allows(self, token: int) -> bool:
        return token % 2 == 0

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        self.masks += 1
        return logits.masked_fill(torch.tensor([False, True, False, True]), float("-inf"))


def drawn(constraint: Even | None, **options: float) -> list[int]:
    row = (Sampling(**options), torch.Generator().manual_seed(7), cast(Constraint | None, constraint))  # type: ignore[arg-type]
    return [choose(LOGITS[None], [row])[0] for _ in range(DRAWS)]


def test_draws_are_as_likely_as_among_the_allowed_alone() -> None:
    constraint = Even()
    tokens = drawn(constraint, temperature=1.0)
    assert set(tokens) == {0, 2}
    # 0.4 of 0.6; four standard deviations of 4,000 draws are 3 %.
    assert abs(tokens.count(0) / DRAWS - 2 / 3) < 0.03
    assert abs(constraint.masks / DRAWS - 0.4) < 0.031


def test_an_allowed_greedy_token_needs_no_mask() -> None:
    constraint = Even()
    assert set(drawn(constraint)) == {0}
    assert constraint.masks == 0


def test_top_k_is_of_the_allowed() -> None:
    assert set(drawn(Even(), temperature=1.0, top_k=1)) == {0}
    tokens = drawn(Even(), temperature=1.0, top_k=2)
    assert abs(tokens.count(0) / DRAWS - 2 / 3) < 0.03
    assert abs(drawn(Even(), temperature=1.0, top_p=0.99).count(0) / DRAWS - 2 / 3) < 0.03
