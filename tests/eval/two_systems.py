"""Two small systems and the sentences that they are measured on, one of them hostile."""

from __future__ import annotations

import numpy as np

from conflict_events.training.data import Example

LABELS = ("advance", "airstrike")
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)> \"'&{{7*7}}"


class Fixed:
    """Gives every sentence the scores it was made with, however it is trained."""

    thresholds = np.array([0.5, 0.4], dtype=np.float32)

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, examples: list[Example]) -> None: ...

    def scores(self, examples: list[Example]) -> np.ndarray:
        rows = []
        for example in examples:
            rng = np.random.default_rng([self.seed, *example.id.encode()])
            rows.append([0.4 * (label in example.labels) + 0.6 * rng.random() for label in LABELS])
        return np.array(rows, dtype=np.float32)


def examples() -> list[Example]:
    rng = np.random.default_rng(5)
    made = []
    for number in range(80):
        labels = tuple(label for label in LABELS if rng.random() < 0.4)
        words = " ".join(f"w{number}x{word}" for word in range(9))
        text = f"{HOSTILE} {words}" if number == 3 else words
        made.append(
            Example(
                f"d{number // 2}:{number % 2}",
                text,
                labels,
                f"d{number // 2}",
                "AB"[number % 4 // 2],
                origin="x.jsonl",
            )
        )
    # Two hostile sentences that both systems get wrong whatever their scores.
    made += [
        Example(f"h{n}:0", f"{n} {HOSTILE} hostile {n}", ("advance",) * n, f"h{n}", HOSTILE, origin="x.jsonl")
        for n in (0, 1)
    ]
    return made
