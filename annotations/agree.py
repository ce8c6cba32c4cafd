"""How far annotators agree: Krippendorff's alpha and Cohen's kappa per label, and the disputed sentences.

Alpha: Krippendorff, Content Analysis, 4th ed., ch. 12, nominal metric; any number of annotators, gaps too.
Kappa: Cohen, A Coefficient of Agreement for Nominal Scales, 1960, for each pair of annotators.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from conflict_events.annotations.export import AnnotatedSentence, Judgement
from conflict_events.errors import AnnotationError, MissingExtraError

Votes = npt.NDArray[np.float64]
"""[annotators, sentences], 1 where an annotator gave a label, 0 where not, NaN where they did not judge."""


@dataclass(frozen=True)
class PairAgreement:
    """Two annotators on one label: kappa (NaN if both always or never gave it), sentences judged by both."""

    first: str
    second: str
    kappa: float
    sentences: int


@dataclass(frozen=True)
class LabelAgreement:
    """Agreement on one label. `alpha` is NaN if nobody or everybody gave the label; `given` counts votes."""

    label: str
    alpha: float
    pairs: tuple[PairAgreement, ...]
    disputed: int
    given: int


@dataclass(frozen=True)
class Dispute:
    """A sentence on which annotators differ: the votes for and against each disputed label."""

    sentence: AnnotatedSentence
    votes: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]

    @property
    def weight(self) -> float:
        """How split the votes are, summed over the labels: an even split of a label counts 1."""
        return sum(2 * min(len(yes), len(no)) / (len(yes) + len(no)) for _, yes, no in self.votes)


@dataclass(frozen=True)
class Agreement:
    """What annotators agree on, over the sentences that at least two of them judged."""

    annotators: tuple[str, ...]
    sentences: int
    identical: int
    labels: tuple[LabelAgreement, ...]
    disputes: tuple[Dispute, ...]


def join_exports(exports: Sequence[tuple[str, Sequence[AnnotatedSentence]]]) -> list[AnnotatedSentence]:
    """Join exports into one, sentence by sentence, annotators named `<export name>/<annotator>`.

    A single export is left as it is. Raises AnnotationError where one sentence id stands for two texts, or
    two exports have one name, so that their annotators would be taken for the same.
    """
    for name, count in Counter(name for name, _ in exports).items():
        if count > 1:
            raise AnnotationError(f"{name} is named {count} times; name each export once")
    if len(exports) == 1:
        return list(exports[0][1])
    joined: dict[str, AnnotatedSentence] = {}
    for name, sentences in exports:
        for sentence in sentences:
            judgements = tuple(
                Judgement(f"{name}/{one.annotator}", one.labels, one.ground_truth)
                for one in sentence.judgements
            )
            other = joined.get(sentence.id)
            if other is not None and other.text != sentence.text:
                raise AnnotationError(f"{name}: '{sentence.id}' has another text than in {exports[0][0]}")
            before = other.judgements if other is not None else ()
            joined[sentence.id] = replace(sentence, judgements=before + judgements)
    return list(joined.values())


def measure_agreement(
    sentences: Sequence[AnnotatedSentence], labels: Sequence[str], annotators: Sequence[str] = ()
) -> Agreement:
    """Measure agreement per label; `annotators` (all, if empty) are those whose judgements count.

    Raises AnnotationError where no two annotators judged a common sentence, or a name is unknown.
    """
    present = sorted({one.annotator for sentence in sentences for one in sentence.judgements})
    if unknown := sorted(set(annotators) - set(present)):
        raise AnnotationError(f"there is no annotator '{unknown[0]}'; there are: {', '.join(present)}")
    names = tuple(dict.fromkeys(annotators)) or tuple(present)
    shared = [
        (sentence, judgements)
        for sentence in sentences
        if len(judgements := {j.annotator: j.labels for j in sentence.judgements if j.annotator in names}) > 1
    ]
    if not shared:
        raise AnnotationError("no sentence was judged by two annotators; there is no agreement to measure")
    measured = []
    for label in labels:
        votes = np.array(
            [
                [float(label in given[name]) if name in given else np.nan for _, given in shared]
                for name in names
            ]
        )
        measured.append(_label_agreement(label, names, votes))
    disputes = [dispute for sentence, given in shared if (dispute := _dispute(sentence, given, labels)).votes]
    disputes.sort(key=lambda dispute: -dispute.weight)
    return Agreement(names, len(shared), len(shared) - len(disputes), tuple(measured), tuple(disputes))


def alpha(votes: Votes) -> float:
    """Krippendorff's alpha of one label, NaN where the votes do not vary."""
    try:
        import krippendorff
    except ImportError as error:
        raise MissingExtraError("agreement", "annotate") from error
    if len(np.unique(votes[~np.isnan(votes)])) < 2:
        return math.nan
    return float(krippendorff.alpha(reliability_data=votes, level_of_measurement="nominal"))


def kappa(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Cohen's kappa of two annotators' votes on the same sentences, NaN where chance explains them all."""
    observed = float(np.mean(first == second))
    expected = float(first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean()))
    return (observed - expected) / (1 - expected) if expected < 1 else math.nan


def _label_agreement(label: str, names: Sequence[str], votes: Votes) -> LabelAgreement:
    pairs = []
    for first, second in itertools.combinations(range(len(names)), 2):
        both = ~np.isnan(votes[first]) & ~np.isnan(votes[second])
        if both.any():
            value = kappa(votes[first, both], votes[second, both])
            pairs.append(PairAgreement(names[first], names[second], value, int(both.sum())))
    disputed = int((np.nanmin(votes, axis=0) != np.nanmax(votes, axis=0)).sum())
    return LabelAgreement(label, alpha(votes), tuple(pairs), disputed, int(np.nansum(votes)))


def _dispute(sentence: AnnotatedSentence, given: dict[str, frozenset[str]], labels: Sequence[str]) -> Dispute:
    votes = []
    for label in labels:
        yes = tuple(sorted(name for name in given if label in given[name]))
        no = tuple(sorted(name for name in given if label not in given[name]))
        if yes and no:
            votes.append((label, yes, no))
    return Dispute(sentence, tuple(votes))


def describe(agreement: Agreement, show: int) -> str:
    """Put agreement into words and a table, with the `show` most disputed sentences."""
    lines = [
        f"{agreement.sentences} sentences judged by two or more of {', '.join(agreement.annotators)}; "
        f"identical labels on {agreement.identical} ({agreement.identical / agreement.sentences:.1%})",
        "",
    ]
    width = max(len(label.label) for label in agreement.labels)
    lines.append(f"{'label':{width}}   alpha  votes  disputed  kappa of pairs")
    for label in agreement.labels:
        pairs = ", ".join(
            f"{pair.first} & {pair.second} {_figure(pair.kappa)} (n={pair.sentences})" for pair in label.pairs
        )
        measured = f"{_figure(label.alpha):>6}  {label.given:5}  {label.disputed:8}"
        lines.append(f"{label.label:{width}}  {measured}  {pairs}")
    for dispute in agreement.disputes[:show]:
        lines += ["", f"{dispute.sentence.id}  {dispute.sentence.text}"]
        for name, yes, no in dispute.votes:
            lines.append(f"  {name}: given by {', '.join(yes)}; not by {', '.join(no)}")
    return "\n".join(lines)


def _figure(value: float) -> str:
    return "n/a" if math.isnan(value) else f"{value:.3f}"
