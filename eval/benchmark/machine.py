"""What a benchmark ran on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from conflict_events.runtimes.choice import cpu_threads

_PACKAGES = ("conflict-events", "openvino", "tokenizers", "torch", "transformers", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, cores that this process may use, threads that every alternative was given, GPU, versions."""

    processor: str
    cores: int
    threads: int
    gpu: str
    system: str
    packages: dict[str, str]


def this_machine() -> Machine:
    """Describe this machine; sets torch to as many threads as the tagger uses, so that all have the same."""
    import torch

    threads = cpu_threads()
    torch.set_num_threads(threads)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return Machine(_processor(), os.cpu_count() or 1, threads, gpu, system, _versions())


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        values = {name.strip(): value.strip() for name, value in fields.items()}
        fast = [
            flag for flag in ("avx512_bf16", "amx_bf16", "avx512f") if flag in values.get("flags", "").split()
        ]
        return f"{values.get('model name', platform.processor())} ({', '.join(fast) or 'no AVX-512'})"
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
