"""Trains CombatLens' own reader on made lines, and writes the network that the program ships.

`python train.py LINES MINUTES MODEL [--rate 0.003] [--from MODEL]`: LINES is a folder of `made_lines.py`, MODEL the
.onnx file, also that to go on from. Needs what README.md here names, which CombatLens does not.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import tensorflow as tf
from made_lines import CHARACTERS
from onnx import TensorProto, helper, numpy_helper
from tensorflow import keras

from combatlens.adapters.ocr.game_type import HEIGHT

Line = tuple[np.ndarray, str]
WIDTHS = (96, 128, 160, 192, 224, 256, 320, 384, 512)
"""Lines are padded to the next of these: few shapes to compile for."""
BATCH, WARM_UP, HELD_BACK = 64, 300, 2000
LAYERS = (  # filters, kernel, padding rows and columns, pool
    (24, (3, 3), (1, 1), (2, 2)),
    (48, (3, 3), (1, 1), (2, 1)),
    (96, (3, 3), (1, 1), (2, 1)),
    (160, (3, 3), (0, 1), None),
    (160, (1, 9), (0, 4), None),
    (160, (1, 5), (0, 2), None),
)
EPSILON = 1e-3


def network() -> keras.Model:
    """Pixels (batch, HEIGHT, width, 1) -> logits of each character and of none (batch, width / 2, characters + 1)."""
    line = flow = keras.Input((HEIGHT, None, 1))
    for filters, kernel, padding, pool in LAYERS:
        flow = keras.layers.ZeroPadding2D(padding)(flow)
        flow = keras.layers.Conv2D(filters, kernel, use_bias=False)(flow)
        flow = keras.layers.BatchNormalization(momentum=0.97, epsilon=EPSILON)(flow)
        flow = keras.layers.ReLU()(flow)
        if pool:
            flow = keras.layers.MaxPool2D(pool)(flow)
    flow = keras.layers.Dropout(0.1)(flow)
    flow = keras.layers.Conv2D(len(CHARACTERS) + 1, 1)(flow)
    return keras.Model(line, keras.layers.Reshape((-1, len(CHARACTERS) + 1))(flow))


def lines_of(path: Path) -> list[Line]:
    kept = np.load(path)
    ends = np.cumsum(kept["widths"] * HEIGHT)
    pictures = np.split(kept["pixels"], ends[:-1])
    return [(pixels.reshape(HEIGHT, -1), str(text)) for pixels, text in zip(pictures, kept["texts"], strict=True)]


def batches(lines: list[Line], pick: random.Random) -> Iterator[list[Line]]:
    """Lines of nearly one width together, in any order."""
    by_width: dict[int, list[Line]] = {}
    for line in lines:
        by_width.setdefault(next(wide for wide in WIDTHS if line[0].shape[1] <= wide), []).append(line)
    made = []
    for group in by_width.values():
        pick.shuffle(group)
        made += [group[at : at + BATCH] for at in range(0, len(group) - BATCH // 4 + 1, BATCH)]
    pick.shuffle(made)
    yield from made


def packed(
    lines: list[Line], moved: np.random.Generator | None = None
) -> tuple[np.ndarray, np.ndarray, tf.SparseTensor]:
    """Pixels, steps and characters of a batch; half of its lines a row higher or lower with `moved`."""
    wide = next(wide for wide in WIDTHS if max(image.shape[1] for image, _ in lines) <= wide)
    pixels = np.zeros((len(lines), HEIGHT, wide, 1), np.float32)
    for place, (image, _) in zip(pixels, lines, strict=True):
        place[:, : image.shape[1], 0] = image / 255.0
        if moved is not None and moved.random() < 0.5:
            place[:] = np.roll(place, int(moved.integers(-1, 2)), axis=0)
    steps = np.array([(image.shape[1] + 1) // 2 for image, _ in lines], np.int32)
    at = [(row, column) for row, (_, text) in enumerate(lines) for column in range(len(text))]
    signs = np.array([CHARACTERS.index(char) for _, text in lines for char in text], np.int32)
    longest = max(len(text) for _, text in lines)
    return pixels, steps, tf.sparse.SparseTensor(np.array(at, np.int64), signs, (len(lines), longest))


def trained(model: keras.Model, folder: Path, minutes: float, peak: float) -> None:
    paths = sorted(folder.glob("*.npz"))
    held_back, pick, moved = lines_of(paths[0])[:HELD_BACK], random.Random(1), np.random.default_rng(1)
    optimizer, start, said, seen = keras.optimizers.Adam(peak), time.monotonic(), time.monotonic(), 0

    @tf.function(reduce_retracing=True)
    def step(pixels: tf.Tensor, steps: tf.Tensor, signs: tf.SparseTensor, rate: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = tf.cast(tf.transpose(model(pixels, training=True), (1, 0, 2)), tf.float32)
            loss = tf.compat.v1.nn.ctc_loss(signs, logits, steps, ignore_longer_outputs_than_inputs=True)
            loss = tf.reduce_mean(loss)
        slopes, _ = tf.clip_by_global_norm(tape.gradient(loss, model.trainable_variables), 5.0)
        optimizer.learning_rate.assign(rate)
        optimizer.apply_gradients(zip(slopes, model.trainable_variables, strict=True))
        return loss

    while time.monotonic() - start < 60 * minutes:
        for batch in batches(lines_of(pick.choice(paths[1:])), pick):
            done = min(1.0, (time.monotonic() - start) / (60 * minutes))
            rate = peak * min(1, (seen / BATCH + 1) / WARM_UP) * max(0.01, (1 + np.cos(np.pi * done)) / 2)
            loss = step(*packed(batch, moved), np.float32(rate))
            seen += len(batch)
        if time.monotonic() - said > 60:
            said = time.monotonic()
            print(f"{(said - start) / 60:.1f} min, {seen} lines, loss {float(loss):.2f}: {right(model, held_back):.2%}")


def right(model: keras.Model, lines: list[Line]) -> float:
    """The part of the lines that are read as they are."""
    good = total = 0
    for batch in batches(lines, random.Random(1)):
        pixels, steps, _ = packed(batch)
        logits = tf.cast(tf.transpose(model(pixels, training=False), (1, 0, 2)), tf.float32)
        signs, _ = tf.nn.ctc_greedy_decoder(logits, steps)
        read = tf.sparse.to_dense(signs[0], -1).numpy()
        texts = ["".join(CHARACTERS[sign] for sign in row if sign >= 0) for row in read]
        good += sum(found == text for found, (_, text) in zip(texts, batch, strict=True))
        total += len(batch)
    return good / max(1, total)


def go_on_from(model: keras.Model, path: Path, lines: list[Line]) -> None:
    """Give the model what `write` wrote. Batch normalisation was folded away: it begins as it is on those lines."""
    kept = {each.name: numpy_helper.to_array(each).astype(np.float32) for each in onnx.load(path).graph.initializer}
    seen = [packed(batch)[0] for batch in list(batches(lines, random.Random(1)))[:12]]
    folds = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    for index, convolution in enumerate(convolutions):
        kernel, bias = kept[f"kernel{index}_16"].transpose(2, 3, 1, 0), kept[f"bias{index}_16"]
        convolution.set_weights([kernel, bias] if index == len(folds) else [kernel])
        if index < len(folds):
            part = keras.Model(model.input, convolution.output)
            sums = np.concatenate([np.asarray(part(each), np.float32).reshape(-1, bias.size) for each in seen])
            mean, variance = sums.mean(axis=0), sums.var(axis=0)
            folds[index].set_weights([np.sqrt(variance + EPSILON), bias + mean, mean, variance])


def write(model: keras.Model, path: Path) -> None:
    """The network for onnxruntime: batch normalisation folded into the convolutions, weights of 16 bits."""
    nodes, weights, flow = [], [], "line"

    def constant(name: str, values: np.ndarray) -> str:
        weights.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float16), f"{name}_16"))
        nodes.append(helper.make_node("Cast", [f"{name}_16"], [name], to=TensorProto.FLOAT))
        return name

    folds = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    for index, (convolution, fold) in enumerate(zip(convolutions, [*folds, None], strict=True)):
        kernel, *rest = convolution.get_weights()
        bias = rest[0] if rest else 0.0
        if fold is not None:
            scale, shift, mean, variance = fold.get_weights()
            factor = scale / np.sqrt(variance + EPSILON)
            kernel, bias = kernel * factor, shift - mean * factor
        _, _, padding, pool = LAYERS[index] if fold is not None else (0, 0, (0, 0), None)
        inputs = [flow, constant(f"kernel{index}", kernel.transpose(3, 2, 0, 1)), constant(f"bias{index}", bias)]
        nodes.append(helper.make_node("Conv", inputs, [f"sum{index}"], pads=[*padding, *padding]))
        flow = f"sum{index}"
        if fold is not None:
            nodes.append(helper.make_node("Relu", [flow], [f"ink{index}"]))
            flow = f"ink{index}"
        if pool:
            nodes.append(helper.make_node("MaxPool", [flow], [f"pool{index}"], kernel_shape=pool, strides=pool))
            flow = f"pool{index}"
    nodes.append(helper.make_node("Softmax", [flow], ["signs"], axis=1))
    line = helper.make_tensor_value_info("line", TensorProto.FLOAT, [1, 1, HEIGHT, "width"])
    signs = helper.make_tensor_value_info("signs", TensorProto.FLOAT, [1, len(CHARACTERS) + 1, 1, "steps"])
    graph = helper.make_graph(nodes, "game_type", [line], [signs], weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(made, {"character": CHARACTERS})
    onnx.checker.check_model(made)
    onnx.save(made, path)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("lines", type=Path)
    asked.add_argument("minutes", type=float)
    asked.add_argument("model", type=Path)
    asked.add_argument("--rate", type=float, default=0.003)
    asked.add_argument("--from", dest="before", type=Path)
    given = asked.parse_args()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")  # a third faster where the processor has it
    model = network()
    if given.before:
        go_on_from(model, given.before, lines_of(min(given.lines.glob("*.npz"))))
    trained(model, given.lines, given.minutes, given.rate)
    write(model, given.model)


if __name__ == "__main__":
    main()
