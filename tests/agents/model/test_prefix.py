"""The prefix cache against a plain list of everything it was given."""

import random

import pytest
import torch

from routesql.agents.model.prefix import KeyValues, PrefixCache

A_TOKEN = 2 * 2 * 3 * 4
"""Bytes: two tensors, two heads, size 3, float32."""


def key_values(tokens: list[int]) -> KeyValues:
    """Keys and values that say which prefix they belong to."""
    marks = [float(hash(tuple(tokens[: end + 1])) % 9973) for end in range(len(tokens))]
    keys = torch.tensor(marks)[None, None, :, None].expand(1, 2, len(tokens), 3).clone()
    return [keys, -keys]


def shared(left: list[int], right: list[int]) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )


@pytest.mark.parametrize("seed", range(5))
def test_finds_the_longest_prefix_ever_inserted(seed: int) -> None:
    draw, cache, seen = random.Random(seed), PrefixCache(1 << 30), [[0]]
    cache.insert([0], key_values([0]))
    for _ in range(200):
        parent = draw.choice(seen)
        tokens = parent[: draw.randrange(len(parent) + 1)] + draw.choices(range(3), k=draw.randrange(1, 6))
        length, kv = cache.longest(tokens)
        assert length == max(shared(tokens, other) for other in seen)
        for found, expected in zip(kv, key_values(tokens[:length]), strict=bool(length)):
            assert torch.equal(found, expected)
        cache.insert(tokens, key_values(tokens))
        seen.append(tokens)
    distinct = {tuple(tokens[:end]) for tokens in seen for end in range(1, len(tokens) + 1)}
    assert cache.bytes == len(distinct) * A_TOKEN


@pytest.mark.parametrize("limit", [0, 1, A_TOKEN, 10 * A_TOKEN, 57 * A_TOKEN + 5])
def test_never_holds_more_than_its_limit(limit: int) -> None:
    draw, cache = random.Random(limit), PrefixCache(limit)
    for _ in range(300):
        tokens = draw.choices(range(2), k=draw.randrange(1, 40))
        cache.insert(tokens, key_values(tokens))
        held = sum(t.untyped_storage().nbytes() for node in cache._nodes() for t in node.kv)
        assert held == cache.bytes <= limit
        length, kv = cache.longest(tokens)
        assert length == min(len(tokens), limit // A_TOKEN)
        assert all(torch.equal(a, b) for a, b in zip(kv, key_values(tokens[:length]), strict=bool(length)))


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = PrefixCache(9 * A_TOKEN)
    for branch in (1, 2, 3):
        cache.insert([0, 0, 0, branch, branch], key_values([0, 0, 0, branch, branch]))
    cache.longest([0, 0, 0, 1, 1])
    cache.insert([0, 0, 0, 4, 4], key_values([0, 0, 0, 4, 4]))
    left = [cache.longest([0, 0, 0, branch, branch])[0] for branch in (1, 2, 3, 4)]
    assert left == [5, 3, 5, 5], "the trunk and what was used last stay"


def test_a_sequence_too_long_for_the_cache_is_kept_in_part() -> None:
    cache = PrefixCache(4 * A_TOKEN)
    cache.insert([9, 9], key_values([9, 9]))
    cache.insert(list(range(10)), key_values(list(range(10))))
    assert cache.longest(list(range(10)))[0] == 4
    assert cache.longest([9, 9])[0] == 0


def test_changing_what_was_returned_does_not_change_the_cache() -> None:
    cache = PrefixCache(1 << 20)
    given = key_values([1, 2, 3])
    cache.insert([1, 2, 3], given)
    given[0].zero_()
    cache.longest([1, 2, 3])[1][0].zero_()
    assert torch.equal(cache.longest([1, 2, 3])[1][0], key_values([1, 2, 3])[0])


def test_clear() -> None:
    cache = PrefixCache(1 << 20)
    cache.insert([1, 2, 3], key_values([1, 2, 3]))
    cache.clear()
    assert cache.bytes == 0
    assert cache.longest([1, 2, 3])[0] == 0
