"""The prefix cache: keys and values of token sequences already seen, as a radix tree.

Every edge holds the tokens that lead to its node and the keys and values of exactly those tokens, so a prompt
reuses the longest prefix it shares with anything still cached. Only the engine's thread touches it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

KeyValues = list[torch.Tensor]
"""One sequence's keys and values, layer by layer: k0, v0, k1, v1, ...; each [1, heads, tokens, size]."""


@dataclass(eq=False)
class Node:
    tokens: tuple[int, ...] = ()
    kv: KeyValues = field(default_factory=list)
    parent: "Node | None" = None
    children: dict[int, "Node"] = field(default_factory=dict)
    """By the first token of each child."""
    used: int = 0
    """When it was last on a path taken; larger is later."""


class PrefixCache:
    """Bounded in bytes; when full, the leaf used longest ago goes first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._root = Node()
        self._clock = 0

    def longest(self, tokens: Sequence[int]) -> tuple[int, KeyValues]:
        """How many of the first tokens are cached, and their keys and values (copies; empty if none)."""
        path = self._path(tokens)
        self._touch(path)
        matched = sum(length for _, length in path)
        parts = [[tensor[..., :length, :] for tensor in node.kv] for node, length in path]
        return matched, [torch.cat(tensors, dim=-2) for tensors in zip(*parts, strict=True)]

    def matched(self, tokens: Sequence[int]) -> int:
        """How many of the first tokens are cached."""
        return sum(length for _, length in self._path(tokens))

    def insert(self, tokens: Sequence[int], kv: KeyValues) -> None:
        """Remember these tokens; as many of the first as fit within the limit."""
        a_token = token_bytes(kv)
        tokens = tuple(tokens[: self.limit // a_token])
        path = self._path(tokens)
        if path and path[-1][1] < len(path[-1][0].tokens):
            path[-1] = (self._split(*path[-1]), path[-1][1])
        self._touch(path)
        node = path[-1][0] if path else self._root
        matched = self.matched(tokens)
        if matched == len(tokens):
            return
        self._make_room((len(tokens) - matched) * a_token)
        segment = [tensor[..., matched : len(tokens), :].clone() for tensor in kv]
        leaf = Node(tokens[matched:], segment, node, used=self._clock)
        node.children[leaf.tokens[0]] = leaf
        self.bytes += _size(leaf)

    def clear(self) -> None:
        self._root, self.bytes = Node(), 0

    def _path(self, tokens: Sequence[int]) -> list[tuple[Node, int]]:
        """The nodes along the tokens, and how many of each one's tokens match: all, but for the last node."""
        path: list[tuple[Node, int]] = []
        node, position = self._root, 0
        while position < len(tokens) and (child := node.children.get(tokens[position])):
            length = _common(child.tokens, tokens, position)
            path.append((child, length))
            if length < len(child.tokens):
                break
            node, position = child, position + length
        return path

    def _touch(self, path: list[tuple[Node, int]]) -> None:
        self._clock += 1
        for node, _ in path:
            node.used = self._clock

    def _split(self, node: Node, length: int) -> Node:
        """Cut a node in two; returns the upper one. Cloned, so that either half can be freed alone."""
        upper = Node(node.tokens[:length], [t[..., :length, :].clone() for t in node.kv], node.parent)
        assert node.parent is not None
        node.parent.children[upper.tokens[0]] = upper
        node.tokens, node.kv = node.tokens[length:], [t[..., length:, :].clone() for t in node.kv]
        node.parent = upper
        upper.children[node.tokens[0]] = node
        return upper

    def _make_room(self, needed: int) -> None:
        while self.bytes + needed > self.limit:
            leaf = min((node for node in self._nodes() if not node.children), key=lambda node: node.used)
            assert leaf.parent is not None
            del leaf.parent.children[leaf.tokens[0]]
            self.bytes -= _size(leaf)

    def _nodes(self) -> Iterator[Node]:
        stack = list(self._root.children.values())
        while stack:
            node = stack.pop()
            yield node
            stack.extend(node.children.values())


def token_bytes(kv: KeyValues) -> int:
    """The keys and values of one token."""
    return sum(tensor[..., :1, :].nbytes for tensor in kv)


def _common(segment: Sequence[int], tokens: Sequence[int], start: int) -> int:
    """How many tokens of the segment agree with the tokens from start on."""
    length = 0
    for ours, theirs in zip(segment, tokens[start : start + len(segment)], strict=False):
        if ours != theirs:
            break
        length += 1
    return length


def _size(node: Node) -> int:
    return sum(tensor.nbytes for tensor in node.kv)
