"""Evaluation: measures, baselines, views of the data, and reports."""
