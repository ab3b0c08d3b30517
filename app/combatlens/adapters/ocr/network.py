"""Networks that read a line, run by onnxruntime.

They say at each step which sign is there: connectionist temporal classification (Graves et al. 2006), read greedily.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


def open_network(model: Path) -> tuple[Any, str]:
    """A session on one thread, and the characters that the model names. Raises KeyError where it names none."""
    onnxruntime = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    return session, session.get_modelmeta().custom_metadata_map["character"]


class Sign(NamedTuple):
    """One sign of a line: which, how certain it is where it begins, and the step of its middle."""

    which: int
    sure: float
    step: float


def signs_of(told: NDArray[np.float32], blank: int) -> list[Sign]:
    """Each step's certainties of each sign, (steps, signs) -> the signs of the line.

    A sign seen at several steps running is one; `blank` is none.
    """
    signs, sure = told.argmax(axis=1), told.max(axis=1)
    starts = np.flatnonzero(np.diff(signs, prepend=-1))
    runs = zip(starts.tolist(), [*starts[1:].tolist(), len(signs)], strict=True)
    return [
        Sign(int(signs[start]), float(sure[start]), float(np.average(np.arange(start, end), weights=sure[start:end])))
        for start, end in runs
        if signs[start] != blank
    ]
