"""The model card of a trained model: what it is, what it was trained on, how good it is, and its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conflict_events.training.base import DEFAULT

# Licenses of bases that are known here; a card says nothing about others.
_BASE_LICENSES = {DEFAULT: "Apache-2.0", "sentence-transformers/all-mpnet-base-v2": "Apache-2.0"}


def write_card(settings: Mapping[str, Any], data: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """The text of README.md in a model folder, from settings.json, data.json and result.json of its run."""
    labels: list[str] = settings["labels"]
    parts = [
        _metadata(settings, result),
        "# Events in news about armed conflict, sentence by sentence",
        f"A multi-label sentence classifier for {_and(labels)}. Any number of labels may apply to a "
        f"sentence, or none. {_scores(result)}",
        "```python\nfrom conflict_events import EventTagger\n\n"
        'tagger = EventTagger.from_pretrained("path/to/this/folder")\n'
        'tagger.tag("The army took the town after air strikes killed nine fighters.")\n```',
        "It also loads with `transformers.AutoModelForSequenceClassification` with no code of its own; "
        "apply a sigmoid to the logits and compare each with its threshold."
        + (
            " Sentences that are shown with context go in as a pair, the context second."
            if settings.get("context_sentences")
            else ""
        ),
        "## Training data",
        _data_section(labels, data),
        "## Training",
        _training_section(settings, result),
        "## Figures",
        *_figures_section(labels, result),
        "## Limits",
        _limits_section(labels, data),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _scores(result: Mapping[str, Any]) -> str:
    how = {"validation": "on validation data", "cross_validation": "by cross-validation"}
    if done := next((how[part] for part in how if part in result), None):
        return (
            f"Scores are probabilities, calibrated {done}; each label has a threshold of its own, kept with "
            "the calibration in `config.json` under `conflict_events`."
        )
    return (
        "No data were held out to validate on, so scores are as the network gives them, uncalibrated, and "
        "the threshold of every label is 0.5."
    )


def _metadata(settings: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    lines = ["---", "language: en", "library_name: transformers", "pipeline_tag: text-classification"]
    if settings["base"] in _BASE_LICENSES:
        lines += [f"license: {_BASE_LICENSES[settings['base']].lower()}", f"base_model: {settings['base']}"]
    lines += ["tags:", "- multi-label", "- armed-conflict", "- news", "metrics:", "- f1"]
    if test := result.get("test"):
        lines += [
            "model-index:",
            "- name: conflict-events",
            "  results:",
            "  - task: {type: text-classification}",
            "    dataset: {name: held-out test part, type: conflict-events}",
            "    metrics:",
            f"    - {{type: f1, name: micro F1, value: {test['micro_f1']:.4f}}}",
        ]
    return "\n".join([*lines, "---"])


def _data_section(labels: Sequence[str], data: Mapping[str, Any]) -> str:
    parts = data["parts"]
    rows = [
        [
            name,
            part["examples"],
            part["groups"],
            *(part["labels"][label] for label in labels),
            part["labels"]["none"],
        ]
        for name, part in parts.items()
    ]
    sentences = sum(part["examples"] for part in parts.values())
    text = _table(["part", "sentences", "groups", *labels, "none"], rows)
    text += (
        f"\n\n{sentences:,} sentences in all. A group holds the documents that share long passages, and "
        "stands on one side of the split. Files, by the start of their sha256:"
    )
    if alone := data.get("teacher_alone", {}).get("examples"):
        text = text.replace(
            " sentences in all.",
            f" labelled sentences in all, and {alone:,} more without labels, of which a teacher's scores are "
            "all that is learned: altered copies of the training sentences, or text that nobody labelled.",
        )
    text += "\n\n" + "\n".join(f"- `{file['name']}` ({file['sha256'][:12]})" for file in data["files"])
    text += f"\n\nSources: {_tally(data['sources'])}.\n\nLicenses of the text: {_tally(data['licenses'])}."
    if data["ties"]:
        text += (
            f"\n\nAnnotators were evenly split on a label of {len(data['ties'])} sentences; "
            "such a label counts as absent."
        )
    if data.get("note"):
        text += f"\n\n{data['note']}"
    return text


def _training_section(settings: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    if "how" in result:  # another way of training, which gives an account of itself
        return str(result["how"])
    license = _BASE_LICENSES.get(settings["base"])
    base = f"`{settings['base']}`" + (f" ({license})" if license else "")
    context = settings["context_sentences"]
    shown = f"(shown alone in {settings['context_dropout']:.0%} of cases)"
    sees = "a sentence alone"
    if context and settings["context_for"] == "all":
        sees = f"a sentence with the {context} before it {shown}"
    elif context:
        sees += f", but a quotation that does not say who speaks with the {context} before it {shown}"
    text = (
        f"Fine-tuned from {base} with a classification head; it sees {sees}, up to {settings['max_length']} "
        f"tokens. AdamW, rate {settings['learning_rate']:g} ({settings['head_learning_rate']:g} for the "
        f"head), {settings['batch_size']} sentences a step, linear warm-up and decay, at most "
        f"{settings['epochs']} epochs, {result['precision']}, seed {settings['seed']}; epoch "
        f"{result['kept_epoch']} was kept."
    )
    if settings["layer_decay"] < 1:
        text += (
            f" Each layer further from the output learns slower by the factor {settings['layer_decay']:g}."
        )
    if settings["averaging"]:
        text += " The weights are a moving average over the steps."
    if settings["label_smoothing"]:
        text += f" Labels were smoothed by {settings['label_smoothing']:g}."
    if settings["r_drop"]:
        text += f" R-Drop's divergence between two passes was weighed with {settings['r_drop']:g}."
    if settings["focal"]:
        text += f" Errors count by the power {settings['focal']:g} of their distance (focal loss)."
    if settings["rare_weight"]:
        text += (
            " A label's positives weigh its negatives' number over theirs, at most 100, to the power "
            f"{settings['rare_weight']:g}."
        )
    if result.get("soft_targets"):
        alone = result.get("teacher_alone", 0)
        mixed = result["soft_targets"] - alone
        text += (
            f" The scores of a larger teacher model on {mixed:,} sentences were mixed into the targets with "
            f"weight {settings['soft_weight']:g}"
        )
        text += f"; on {alone:,} more they are the whole target." if alone else "."
    return text


def _figures_section(labels: Sequence[str], result: Mapping[str, Any]) -> list[str]:
    sections = []
    titles = {
        "test": "On the test part, scored once, at the end of the run, at the model's thresholds. In "
        "brackets: 95 % intervals from a bootstrap over groups.",
        "validation": "On the validation part, which also chose the epoch, the calibration and the "
        "thresholds, so these figures flatter.",
        "cross_validation": "Cross-validated: each sentence was scored by what was learnt from others. How "
        "the heads are learnt, the calibration and the thresholds were chosen by the same scores, so these "
        "figures flatter.",
    }
    for part, title in titles.items():
        if figures := result.get(part):
            rows = [
                [
                    label,
                    f"{result['thresholds'][label]:.2f}",
                    f"{own['precision']:.3f}",
                    f"{own['recall']:.3f}",
                    _with_interval(own["f1"], figures["intervals"].get(label)),
                    own["support"],
                ]
                for label, own in figures["labels"].items()
            ]
            rows.append(
                [
                    "micro",
                    "",
                    "",
                    "",
                    _with_interval(figures["micro_f1"], figures["intervals"].get("micro_f1")),
                    "",
                ]
            )
            rows.append(["macro", "", "", "", f"{figures['macro_f1']:.3f}", ""])
            table = _table(["label", "threshold", "precision", "recall", "F1", "support"], rows)
            sections.append(f"{title}\n\n{table}\n\nExact match: {figures['exact_match']:.3f}.")
    return sections or ["None: nothing was held out."]


def _limits_section(labels: Sequence[str], data: Mapping[str, Any]) -> str:
    text = (
        "English only. The model reports what sentences say, not what is true: a claim by a party to a "
        "conflict is tagged like a fact. Text of other kinds than the sources above is tagged less "
        "well; measure on your own before relying on it. It should decide nothing about people."
    )
    rare = [label for label in labels if data["parts"]["train"]["labels"][label] < 50]
    if rare:
        text += f" Few examples carry {_and(rare)}: expect little of {'it' if len(rare) == 1 else 'them'}."
    return text


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in line) + " |"
        for line in lines
    )


def _with_interval(value: float, interval: Sequence[float] | None) -> str:
    return f"{value:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def _tally(counts: Mapping[str, int]) -> str:
    shown = [f"{name} {count:,}" for name, count in list(counts.items())[:40]]
    return ", ".join(shown) + (f", and {len(counts) - 40} more" if len(counts) > 40 else "")


def _and(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
