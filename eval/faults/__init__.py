"""Faults done on purpose to runs of `conflict-events tag ... -o out/`, and what became of the articles.

`python -m conflict_events.eval.faults -o eval/results/faults` does them all and writes the tables.
"""
