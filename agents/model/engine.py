"""Batched decoding: one thread per loaded model takes requests in, and advances all of them together.

Between two steps of the batch, waiting requests are prefilled, in chunks, and join it; finished ones leave at
once. A prompt's keys and values go to the prefix cache, so the next prompt computes only where it differs.
A long prompt is prefilled alone: that is bound by arithmetic, and those that share its beginning find it
cached afterwards. What short rests then remain, as of questions on one database, are computed together.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch

from ...tools.errors import ModelError
from . import lifetime
from .batch import Batch, rounded
from .constraint import Grammars
from .loading import Loaded
from .prefill import Prefill
from .prefix import KeyValues, PrefixCache, token_bytes
from .request import FAULTS, Request
from .row import Row
from .sampling import choose
from .weighing import likelihoods, passes

CHUNK = {"cpu": 256, "cuda": 2048}
"""Prompt tokens computed between two steps of the batch; a deadline is kept to within one chunk."""
SHORT = 64
"""A prompt with no more tokens left to compute is prefilled together with others like it: so few tokens cost
as much as reading the weights."""
IDLE = 5.0
"""Seconds without work after which the thread ends; the next request starts another."""


class Engine:
    """One loaded model and its running batch. `submit` may be called from any thread."""

    def __init__(self, loaded: Loaded, cache_bytes: int, max_batch: int, batch_bytes: int = 1 << 30) -> None:
        self.loaded = loaded
        self.max_batch = max_batch
        self.batch_bytes = batch_bytes
        self.prefixes = PrefixCache(cache_bytes)
        self._chunk = CHUNK.get(loaded.model.device.type, CHUNK["cuda"])
        self._batch = Batch(loaded.model)
        self._rows: list[Row] = []
        self._prefill: Prefill | None = None
        self._grammars = Grammars(loaded)
        self._token_bytes = 0
        self._waiting: deque[Request] = deque()
        self._given: list[Request] = []
        """Those whose replies are to be weighed."""
        self._inbox: list[Request] = []
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        lifetime.engines.add(self)

    def submit(self, requests: Iterable[Request]) -> None:
        """Queue requests; those submitted together with equal tokens share one prefill."""
        with self._wake:
            if self._closed:
                raise ModelError("the model was closed; make a new LocalModel")
            self._inbox.extend(requests)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="routesql-engine", daemon=True)
                self._thread.start()
            self._wake.notify()

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """End the thread after its current step; requests still open fail."""
        with self._wake:
            self._closed = True
            self._wake.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def __reduce__(self) -> tuple[Any, ...]:
        """An engine is not copied: a copy of its model, deep or pickled, loads at its next call."""
        return type(None), ()

    def start_afresh(self) -> None:
        """In a forked process: the thread is gone, and what it was changing may be half changed."""
        self._wake = threading.Condition()
        self._batch = Batch(self.loaded.model)
        self._grammars = Grammars(self.loaded)
        self.prefixes = PrefixCache(self.prefixes.limit)
        self.loaded.template.start_afresh()
        self._fail_all("the process was forked while it answered; ask again")

    def _run(self) -> None:
        idle = False
        try:
            with torch.inference_mode():
                while self._receive():
                    self._advance()
            idle = not self._closed
        finally:
            if not idle:
                self._fail_all("the model was closed" if self._closed else "the decoding thread broke")

    def _receive(self) -> bool:
        """Take new requests in; waits when there is nothing to do. False when the thread should end."""
        with self._wake:
            busy = self._rows or self._prefill or self._waiting or self._given
            if not (busy or self._inbox or self._closed):
                self._wake.wait(IDLE)
            if self._closed or not (busy or self._inbox):
                self._thread = None
                return False
            for request in self._inbox:
                (self._given if request.reply else self._waiting).append(request)
            self._inbox.clear()
            return True

    def _advance(self) -> None:
        self._drop()
        budget = self._chunk - self._weigh()
        while budget > 0 and (self._prefill or (self._waiting and self._may_begin())):
            budget -= self._prefill_chunk(budget)
        if self._rows:
            self._decode()

    def _may_begin(self) -> bool:
        """Is there room for the next? Where not all find room, several rows are refilled together."""
        free = self.max_batch - len(self._rows)
        together = free >= min(len(self._waiting), self.max_batch // 4)
        return together and self._has_room(self._waiting[0])

    def _has_room(self, *requests: Request) -> bool:
        """For these as further rows, each as wide as the widest row can become? One row always has."""
        rows = [*(row.request for row in self._rows), *requests]
        widest = max(len(request.tokens) + request.max_tokens for request in rows)
        size = rounded(len(rows)) * widest * self._token_bytes
        return len(rows) == 1 or (len(rows) <= self.max_batch and size <= self.batch_bytes)

    def _drop(self) -> None:
        """Let go of what nobody waits for any more, and end what is overdue."""
        for request in [r for r in (*self._waiting, *self._given) if r.cancelled or r.overdue]:
            (self._given if request.reply else self._waiting).remove(request)
            with self._failing(request):
                request.finish("timeout")
        if (prefill := self._prefill) and (prefill.requests[0].cancelled or prefill.requests[0].overdue):
            self._prefill = None
            with self._failing(prefill.requests[0]):
                self.prefixes.insert(prefill.requests[0].tokens[: prefill.done], prefill.key_values(0))
                prefill.requests[0].finish("timeout", prefill.cached)
        for index in reversed(range(len(self._rows))):
            row = self._rows[index]
            if row.request.cancelled or row.request.overdue:
                with self._failing(row.request):
                    row.finish("timeout")
                self._remove(index)

    def _weigh(self) -> int:
        """One pass over given replies, if any wait; how many tokens it computed."""
        some = next(passes(self._given, self._chunk), [])
        if not some:
            return 0
        with self._failing(*some):
            found = likelihoods(self.loaded.model, some)
            for request, likelihood in zip(some, found, strict=True):
                with self._failing(request):
                    request.finish("stop", likelihood=likelihood)
        self._given = [request for request in self._given if request not in some]
        return len(some) * max(request.width for request in some)

    def _prefill_chunk(self, budget: int) -> int:
        """Compute up to this many tokens of the prompts in work, or of the next; how many it were."""
        prefill = self._prefill = self._prefill or Prefill([self._waiting.popleft()])
        try:
            if not prefill.done:
                prefill.reuse(self.prefixes)
                self._gather(prefill, budget)
            logits = prefill.advance(self.loaded.model, budget)
            if prefill.done >= len(prefill.requests[0].tokens):
                self._join(prefill, logits)
                self._prefill = None
        except FAULTS as error:
            self._prefill = None
            for request in prefill.requests:
                self._fail(request, error)
            return budget
        return prefill.computed

    def _gather(self, prefill: Prefill, budget: int) -> None:
        """Take in waiting prompts that begin with the same cached tokens, if what is left of all is short.

        Not one of which more than half of that is cached.
        """
        first, start = prefill.requests[0].tokens, prefill.cached
        width = len(first) - start
        for request in list(self._waiting) if width <= SHORT else ():
            rest = len(request.tokens) - start
            width = max(width, rest) if rest <= SHORT else width
            alike = 0 < rest <= SHORT and request.tokens[:start] == first[:start]
            alike = alike and 2 * (self.prefixes.matched(request.tokens) - start) <= rest
            new = all(request.tokens != other.tokens for other in prefill.requests)
            fits = (len(prefill.requests) + 1) * width <= budget
            if alike and new and fits and self._has_room(*prefill.requests, request):
                self._waiting.remove(request)
                prefill.requests.append(request)

    def _join(self, prefill: Prefill, logits: torch.Tensor) -> None:
        """The prompts are computed: each becomes a row, and so does every waiting request with the same."""
        every = [prefill.key_values(row) for row in range(len(prefill.requests))]
        self._token_bytes = token_bytes(every[0])
        for row, kv in enumerate(every):
            request = prefill.requests[0]
            self.prefixes.insert(request.tokens, kv)
            with self._failing(request):
                self._start(request, prefill.cached, kv, logits[row : row + 1])
            prefill.requests.pop(0)
            for twin in [other for other in self._waiting if other.tokens == request.tokens]:
                if self._has_room(*prefill.requests, twin):
                    self._waiting.remove(twin)
                    with self._failing(twin):
                        self._start(twin, len(twin.tokens), kv, logits[row : row + 1])

    def _start(self, request: Request, cached: int, kv: KeyValues, logits: torch.Tensor) -> None:
        constraint = self._grammars.start(request.grammar) if request.grammar else None
        row = Row(request, self.loaded.tokenizer, cached, constraint)
        token = choose(logits, [row.picking])[0]
        if not self._ends(row, token):
            self._batch.add(kv)
            self._rows.append(row)

    def _decode(self) -> None:
        try:
            logits = self._batch.step([row.output[-1] for row in self._rows])
            tokens = choose(logits, [row.picking for row in self._rows])
        except FAULTS as error:
            for row in self._rows:
                self._fail(row.request, error)
            self._rows.clear()
            self._batch.clear()
            return
        for index in reversed(range(len(self._rows))):
            if self._ends(self._rows[index], tokens[index]):
                self._remove(index)

    def _ends(self, row: Row, token: int) -> bool:
        """Give a row its next token; is it over?"""
        with self._failing(row.request):
            if reason := row.take(token, self.loaded.stop_tokens):
                row.finish(reason)
            return reason is not None
        return True

    def _remove(self, index: int) -> None:
        self._batch.remove(index)
        self._rows[index] = self._rows[-1]
        self._rows.pop()

    @contextmanager
    def _failing(self, *requests: Request) -> Iterator[None]:
        """What goes wrong for some requests is no other's concern."""
        try:
            yield
        except FAULTS as error:
            for request in requests:
                self._fail(request, error)

    def _fail(self, request: Request, error: Exception) -> None:
        """Tell the caller; out of memory also empties the prefix cache, which the next may need."""
        first_line = next(iter(str(error).splitlines()), "")
        message = f"the model failed: {type(error).__name__}: {first_line}"
        if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in message:
            self.prefixes.clear()
            message = "the model ran out of memory; lower max_batch or cache_bytes, or shorten the prompt"
        with suppress(*FAULTS):
            request.emit(ModelError(message))

    def _fail_all(self, message: str) -> None:
        with self._wake:
            requests = [*(row.request for row in self._rows), *self._waiting, *self._given, *self._inbox]
            requests += self._prefill.requests if self._prefill else []
            self._rows, self._given, self._inbox, self._prefill, self._thread = [], [], [], None, None
            self._waiting.clear()
            self._batch.clear()
        for request in requests:
            with suppress(*FAULTS):
                request.emit(ModelError(message))
