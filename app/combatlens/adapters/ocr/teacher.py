"""The teachers' program: reads pictures from stdin, answers on stdout, ends when stdin closes.

A question is a length (4 bytes, big-endian), that many bytes of JSON (`Question`) and the pixels; an answer is a length
and the JSON of a `Reading`, or of a list of `Spot`. Run as `python -m combatlens.adapters.ocr.teacher`; the heavy
libraries live here, so the overlay stays small.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import BinaryIO

import msgspec
import numpy as np

from combatlens.adapters.ocr.full import FullReader, ReadingRules
from combatlens.adapters.ocr.game_type import GameTypeReader
from combatlens.adapters.ocr.numbers import Decimal
from combatlens.adapters.ocr.preprocess import Invert
from combatlens.adapters.ocr.rapid import RapidReader
from combatlens.adapters.ocr.spots import spots_of
from combatlens.adapters.ocr.tesseract import open_tesseract
from combatlens.adapters.ocr.xp_text import compile_patterns
from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import TextReader

_LENGTH = struct.Struct(">I")


class Question(msgspec.Struct, frozen=True):
    """The picture's shape (height, width, channels) and the part of the profile that reading needs.

    `spots`: not one line is to be read, but all texts of the picture are to be found; the answer is a list of `Spot`.
    """

    shape: tuple[int, int, int]
    decimal: Decimal = "auto"
    invert: Invert = "auto"
    patterns: tuple[str, ...] = ()
    spots: bool = False


def open_teachers() -> list[TextReader]:
    """Every teacher that runs here, the best first. Raises EnvironmentFault when there is none."""
    teachers: list[TextReader] = []
    faults: list[EnvironmentFault] = []
    for opening in (open_tesseract, RapidReader, GameTypeReader):
        try:
            teachers.append(opening())
        except EnvironmentFault as fault:
            faults.append(fault)
    if not teachers:
        raise faults[0]
    return teachers


def write_message(stream: BinaryIO, *parts: bytes) -> None:
    stream.write(_LENGTH.pack(len(parts[0])))
    for part in parts:
        stream.write(part)
    stream.flush()


def read_message(stream: BinaryIO) -> bytes | None:
    """The next length-prefixed message, or None at the end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    body = stream.read(_LENGTH.unpack(head)[0])
    return body or None


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until `questions` ends. The first message out says `ready` and names the teachers, or the fault."""
    try:
        teachers = open_teachers()
    except EnvironmentFault as fault:
        write_message(answers, msgspec.json.encode({"fault": [fault.what, fault.remedy]}))
        return
    write_message(answers, msgspec.json.encode({"ready": [teacher.name for teacher in teachers]}))
    decode = msgspec.json.Decoder(Question).decode
    while (head := read_message(questions)) is not None:
        question = decode(head)
        height, width, channels = question.shape
        pixels = questions.read(height * width * channels)
        if len(pixels) < height * width * channels:
            break
        image = np.frombuffer(pixels, np.uint8).reshape(question.shape)
        if question.spots:
            write_message(answers, msgspec.json.encode(spots_of(teachers, image)))
            continue
        rules = ReadingRules(question.decimal, compile_patterns(question.patterns), question.invert)
        write_message(answers, msgspec.json.encode(FullReader(teachers, rules).read(image)))
    for teacher in teachers:
        teacher.close()


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not fall between the answers
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
