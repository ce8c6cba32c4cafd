"""The training loop: epochs of steps on one or several processes, with a checkpoint to go on from."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conflict_events.training.averaging import Average
from conflict_events.training.checkpoint import Progress, load_checkpoint, save_checkpoint, write_text
from conflict_events.training.encoding import Encoded, collate, epoch_batches
from conflict_events.training.loss import positive_weights, summed_loss
from conflict_events.training.metrics import Bools, Floats, log_loss, measure
from conflict_events.training.optimizer import make_optimizer, set_rates
from conflict_events.training.reporting import Say, progress_bar
from conflict_events.training.run_folder import BEST, CHECKPOINT, METRICS, AstrayError
from conflict_events.training.settings import Settings

if TYPE_CHECKING:
    from accelerate import Accelerator
    from transformers import PreTrainedModel

_SCORED_TOGETHER = 128


def score_logits(model: Any, encoded: Sequence[Encoded], pad_id: int, device: Any) -> Floats:
    """Logits [n, labels] of a model in evaluation mode, computed in batches of similar length."""
    import torch

    model.eval()
    order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]["input_ids"]))
    rows: list[npt.NDArray[Any]] = []
    with torch.inference_mode():
        for start in range(0, len(order), _SCORED_TOGETHER):
            batch = collate([encoded[index] for index in order[start : start + _SCORED_TOGETHER]], pad_id)
            batch = {name: tensor.to(device) for name, tensor in batch.items()}
            rows.append(model(**batch).logits.float().cpu().numpy())
    logits = np.empty((len(encoded), rows[0].shape[1]))
    logits[order] = np.concatenate(rows)
    return logits


@dataclass(frozen=True)
class TrainingPart:
    """What is trained on: token ids alone and, where wanted, with context; targets [n, labels]."""

    alone: Sequence[Encoded]
    with_context: Sequence[Encoded] | None
    targets: npt.NDArray[np.float32]


@dataclass(frozen=True)
class HeldOut:
    """A held-out part, encoded as the model will see it; truth [n, labels], a group for each row."""

    encoded: Sequence[Encoded]
    truth: Bools
    groups: Sequence[str]


class Loop:
    """Trains a model, epoch by epoch; the best weights come to lie in the run's folder.

    Goes on from the checkpoint in the folder where there is one. Every step draws its dropout from a seed
    made of the run's seed and the step's number, and every epoch its batches likewise, so a run interrupted
    anywhere ends with the numbers of one that was not.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        model: PreTrainedModel,
        part: TrainingPart,
        validation: HeldOut | None,
        *,
        labels: Sequence[str],
        pad_id: int,
        settings: Settings,
        bf16: bool,
        folder: Path,
        checkpoint_steps: int,
        say: Say,
    ) -> None:
        import torch

        self._accelerator = accelerator
        self._part = part
        self._validation = validation
        self._labels = labels
        self._pad_id = pad_id
        self._settings = settings
        self._bf16 = bf16
        self._folder = folder
        self._checkpoint_steps = checkpoint_steps
        self._say = say
        self._steps = len(self._batches(epoch=0))
        self._model, self._optimizer = accelerator.prepare(model, make_optimizer(model, settings))
        self._positive_weights = (
            torch.from_numpy(positive_weights(part.targets, settings.rare_weight)).to(accelerator.device)
            if settings.rare_weight
            else None
        )
        self._average = Average(accelerator.unwrap_model(self._model), settings.averaging)

    def run(self) -> Progress:
        """Train until the epochs are done or patience ends."""
        progress = Progress()
        if (self._folder / CHECKPOINT).exists():
            model = self._accelerator.unwrap_model(self._model)
            progress = load_checkpoint(
                self._folder / CHECKPOINT, model, self._average, self._optimizer, self._accelerator.device
            )
            self._say(f"going on from epoch {progress.epoch + 1}, step {progress.batch}")
        while progress.epoch < self._settings.epochs and not self._out_of_patience(progress):
            began = time.monotonic() - progress.seconds
            self._train_epoch(progress, began)
            self._end_epoch(progress, began)
            self._save(progress)
        return progress

    def _train_epoch(self, progress: Progress, began: float) -> None:
        """Do the steps of the epoch that are still to do."""
        batches = self._batches(progress.epoch)
        contexts = self._draw_contexts(progress.epoch)
        total = self._steps * self._settings.epochs
        title = f"epoch {progress.epoch + 1}/{self._settings.epochs}"
        self._model.train()
        shown = self._accelerator.is_main_process
        with progress_bar(title, self._steps, progress.batch, shown=shown) as advance:
            for batch in batches[progress.batch :]:
                step = progress.epoch * self._steps + progress.batch
                set_rates(self._optimizer, step, total, self._settings)
                self._seed(step)
                loss = self._step(batch, contexts)
                if not math.isfinite(loss):
                    raise AstrayError(self._folder)
                progress.loss_sum += loss
                self._average.update(step)
                progress.batch += 1
                advance()
                if progress.batch % self._checkpoint_steps == 0 and progress.batch < self._steps:
                    progress.seconds = time.monotonic() - began
                    self._save(progress)

    def _step(self, batch: Sequence[int], contexts: Sequence[bool]) -> float:
        """One optimizer step on this process's slice of the batch; returns the whole batch's mean loss."""
        import torch

        accelerator, part = self._accelerator, self._part
        own = list(batch[accelerator.process_index :: accelerator.num_processes])
        # A process without a row in a short last batch still has to take part in the exchange of gradients.
        rows = own or [batch[0]]
        encoded = [
            part.with_context[row] if part.with_context and contexts[row] else part.alone[row] for row in rows
        ]
        if self._settings.r_drop:
            encoded = [*encoded, *encoded]
        inputs = {
            name: tensor.to(accelerator.device) for name, tensor in collate(encoded, self._pad_id).items()
        }
        targets = torch.from_numpy(part.targets[rows]).to(accelerator.device)
        with torch.autocast(accelerator.device.type, dtype=torch.bfloat16, enabled=self._bf16):
            logits = self._model(**inputs).logits.float()
        # The two passes of R-Drop are one over each row twice, for dropout is drawn anew for every row, and
        # several processes exchange gradients once a pass.
        passes = logits.chunk(2) if self._settings.r_drop else [logits]
        total = summed_loss(passes, targets, self._settings, self._positive_weights) * bool(own)
        loss = total / (len(batch) * targets.shape[1])
        # Processes average their gradients; scaled so, the average is the gradient of the batch's mean loss.
        accelerator.backward(loss * accelerator.num_processes)
        accelerator.clip_grad_norm_(self._model.parameters(), self._settings.max_grad_norm)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return float(accelerator.reduce(loss.detach(), reduction="sum"))

    def _end_epoch(self, progress: Progress, began: float) -> None:
        """Measure, keep the weights if they are the best so far, write the metrics, end the epoch."""
        figures: dict[str, Any] = {
            "epoch": progress.epoch + 1,
            "train_loss": progress.loss_sum / progress.batch,
        }
        if self._validation is not None:
            logits, truth = self._gather_logits(self._validation.encoded), self._validation.truth
            figures |= {
                "validation_loss": log_loss(logits, truth),
                **measure(logits >= 0, truth, self._labels),
            }
        figures["seconds"] = round(time.monotonic() - began, 1)
        progress.history.append(figures)
        worth = self._worth(figures)
        if worth > tuple(progress.best_worth):
            progress.best_worth, progress.best_epoch = worth, progress.epoch
            self._keep_weights()
        if self._accelerator.is_main_process:
            rows = "".join(json.dumps(row) + "\n" for row in progress.history)
            write_text(self._folder / METRICS, rows)
        self._say(_epoch_line(figures, self._settings.epochs))
        progress.epoch += 1
        progress.batch, progress.loss_sum, progress.seconds = 0, 0.0, 0.0

    def _worth(self, figures: dict[str, Any]) -> tuple[float, float]:
        """What decides which epoch is kept, larger is better; the second settles ties of the first.

        With little data F1 at 0.5 is nought for epochs on end while the loss already falls.
        """
        if self._validation is None:
            return float(figures["epoch"]), 0.0
        f1, loss = round(figures["micro_f1"], 4), round(figures["validation_loss"], 4)
        return (f1, -loss) if self._settings.stop_on == "f1" else (-loss, f1)

    def _gather_logits(self, encoded: Sequence[Encoded]) -> Floats:
        """Score on all processes, each its share, and bring the rows together on every one of them."""
        import torch

        count, device = self._accelerator.num_processes, self._accelerator.device
        each = -(-len(encoded) // count)
        # Every process must bring the same number of rows; the last ones are filled up with repeats.
        own = [(self._accelerator.process_index + row * count) % len(encoded) for row in range(each)]
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=self._bf16):
            logits = score_logits(self._average.model, [encoded[row] for row in own], self._pad_id, device)
        gathered = self._accelerator.gather(torch.tensor(logits, dtype=torch.float32, device=device))
        rows = gathered.cpu().numpy().reshape(count, each, -1).transpose(1, 0, 2).reshape(count * each, -1)
        return np.asarray(rows[: len(encoded)], dtype=np.float64)

    def _keep_weights(self) -> None:
        from safetensors.torch import save_file

        if self._accelerator.is_main_process:
            weights = self._average.model.state_dict()
            temporary = self._folder / f"{BEST}.tmp"
            save_file({name: tensor.cpu().contiguous() for name, tensor in weights.items()}, temporary)
            temporary.replace(self._folder / BEST)

    def _save(self, progress: Progress) -> None:
        if self._accelerator.is_main_process:
            model = self._accelerator.unwrap_model(self._model)
            save_checkpoint(self._folder / CHECKPOINT, progress, model, self._average, self._optimizer)
        self._accelerator.wait_for_everyone()

    def _batches(self, epoch: int) -> list[list[int]]:
        """The epoch's batches, of rows that are of similar length as they are shown in it."""
        settings, part = self._settings, self._part
        rows = part.alone
        if part.with_context:
            drawn = self._draw_contexts(epoch)
            rows = [part.with_context[row] if drawn[row] else part.alone[row] for row in range(len(rows))]
        lengths = [len(row["input_ids"]) for row in rows]
        return epoch_batches(lengths, settings.batch_size, seed=settings.seed, epoch=epoch)

    def _draw_contexts(self, epoch: int) -> list[bool]:
        """Which examples are shown with their context in this epoch."""
        draw = random.Random(f"context-{self._settings.seed}-{epoch}")
        return [draw.random() >= self._settings.context_dropout for _ in self._part.alone]

    def _seed(self, step: int) -> None:
        import torch

        process = self._accelerator.process_index
        torch.manual_seed(((self._settings.seed * 1_000_003 + step) * 1_009 + process) % 2**63)

    def _out_of_patience(self, progress: Progress) -> bool:
        return (
            progress.best_epoch >= 0 and progress.epoch - 1 - progress.best_epoch >= self._settings.patience
        )


def _epoch_line(figures: dict[str, Any], epochs: int) -> str:
    line = f"epoch {figures['epoch']}/{epochs}: loss {figures['train_loss']:.4f}"
    if "micro_f1" in figures:
        line += f", validation loss {figures['validation_loss']:.4f}, micro F1 {figures['micro_f1']:.4f}"
    return f"{line}, {figures['seconds']:.0f} s"
