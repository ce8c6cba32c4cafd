"""Mutation of JSON by its values: bytes changed at random seldom leave JSON that gets past the parser."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

Mutate = Callable[[bytes, int], bytes]
# What sits where something else is expected; strings are those that a careless program trips over.
_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, 1e308, float("nan"), float("inf"), 2**63, -(10**400), [], {}, [[]],
    [{}], [None], {"a": 1}, "", " ", "a", "0", "\x00", "\ud800", "\u202e", "../../x", "/etc/passwd",
    "=1+1", "é" * 300, "a:1", "\n",
)  # fmt: skip
_DEPTHS = (20, 300, 900, 980, 1000, 3000)


def mutate_json(data: bytes, longest: int, seed: int, mutate: Mutate) -> bytes:
    """Replace, remove, repeat or bury a value of the JSON (or of a line of JSON); else mutate the bytes."""
    chance = random.Random(seed)
    if chance.random() < 0.3:
        return mutate(data, longest)
    lines = data.split(b"\n")
    place = chance.randrange(len(lines)) if len(lines) > 1 else 0
    try:
        value = json.loads(lines[place])
    except (ValueError, RecursionError):
        return mutate(data, longest)
    for _ in range(chance.choice((1, 1, 2, 4))):
        value = _changed(value, chance)
    try:
        lines[place] = json.dumps(value).encode()
    except (ValueError, RecursionError):
        return mutate(data, longest)
    changed = b"\n".join(lines)
    return changed if len(changed) <= longest else mutate(data, longest)


def _changed(value: Any, chance: random.Random) -> Any:
    """The value with one thing in it changed; deeper parts are as likely as those above them."""
    if isinstance(value, (dict, list)) and value and chance.random() < 0.85:
        key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        copy: Any = value.copy()
        action = chance.random()
        if action < 0.1:
            del copy[key]
        elif action < 0.2 and isinstance(copy, list):
            copy.append(copy[key])
        elif action < 0.2:
            copy[str(chance.choice(_ODD))] = copy[key]
        else:
            copy[key] = _changed(copy[key], chance)
        return copy
    if chance.random() < 0.1:
        return _buried(value, chance.choice(_DEPTHS))
    return chance.choice(_ODD)


def _buried(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value
