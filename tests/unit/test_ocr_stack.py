"""Pictures laid on one another over scenery that moves: what shows, and what is believed of it."""

from __future__ import annotations

import cv2
import numpy as np
from tests.clocks import HandClock
from tests.unit.test_ocr_lesson import looks

from combatlens.adapters.ocr.full import ReadingRules
from combatlens.adapters.ocr.reading import Reading, unreadable
from combatlens.adapters.ocr.stack import HEIGHT, SECONDS, Stack
from combatlens.adapters.ocr.trained import TrainedReader


def picture(shift: int, light: bool = True) -> np.ndarray:
    image = (
        np.where((np.arange(60) + shift) // 6 % 2, 90, 30)[None, :, None].repeat(20, 0).repeat(3, 2).astype(np.uint8)
    )
    image[5:15, 20:23] = 255
    return image if light else 255 - image


def test_a_stack_shows_the_text_without_what_moves_behind_it():
    for light in (True, False):
        stack = Stack()
        for step in range(8):
            stack.add(picture(2 * step, light), step / 10)
        laid = stack.laid()
        text, ground = laid[5:15, 20:23], np.delete(laid, range(18, 25), axis=1)
        assert stack.high
        assert np.ptp(ground) == 0
        assert np.abs(text.astype(int) - int(ground[0, 0, 0])).min() > 150


def test_a_stack_forgets_what_is_old_and_counts_no_picture_twice():
    stack = Stack()
    stack.add(picture(0), 0.0)
    stack.add(picture(0), 0.1)
    assert not stack.high
    stack.add(picture(1), SECONDS + 1)
    assert not stack.high
    for step in range(3 * HEIGHT):
        stack.add(picture(step), SECONDS + 1 + step / 100)
    stack.clear()
    assert not stack.high


def test_a_picture_that_comes_again_is_read_alone_and_the_stack_goes_on():
    stack = Stack()
    for step in range(4):
        stack.add(picture(step), step / 100)
    assert stack.high
    assert stack.add(picture(3), 0.05), "as the first picture of a text: to be read at once"
    assert not stack.high
    assert np.array_equal(stack.laid(), picture(3))
    stack.add(picture(4), 0.06)
    assert stack.high


def test_a_stack_begins_anew_with_another_text():
    stack = Stack()

    def shown(text: str, shift: int) -> np.ndarray:
        image = picture(shift)
        cv2.rectangle(image, (0, 0), (299, 39), (20, 20, 20), -1)
        cv2.putText(image, text, (10, 28), cv2.FONT_HERSHEY_DUPLEX, 0.7, (250, 250, 250), 1, cv2.LINE_AA)
        image[0, shift] = 90  # no two pictures are equal
        return image

    assert [stack.add(shown("12,345", shift), shift / 10) for shift in range(3)] == [True, False, False]
    assert stack.high
    assert stack.add(shown("12,399", 3), 0.3)
    assert not stack.high


class Teachers:
    """Read `text` of whatever they are shown; `agreed` or one of them alone."""

    def __init__(self, text: str) -> None:
        self.text, self.agreed, self.shown = text, True, []

    def read(self, image: np.ndarray) -> Reading:
        self.shown.append(image)
        if not self.text:
            return unreadable("no text found")
        made = looks(a=(self.text, self.text), b=(self.text, self.text))
        return Reading(
            text=self.text, found=made[0].found, confidence=0.9, reader="a+b", sure=True, agreed=self.agreed, looks=made
        )

    def close(self) -> None:
        pass


def read_after_one_in_vain(teachers: Teachers, text: str) -> list[Reading]:
    reader = TrainedReader(teachers, ReadingRules(), HandClock())
    made = [reader.read(picture(0))]
    teachers.text = text
    return [*made, *(reader.read(picture(2 * step)) for step in (1, 2, 3))]


def test_pictures_laid_on_one_another_are_read_once_and_looked_at_again():
    teachers = Teachers("")
    made = read_after_one_in_vain(teachers, "12,345")
    assert [one.put_off for one in made] == [False, True, True, False]
    assert [one.readable for one in made] == [False, False, True, True]
    assert teachers.shown[1].mean() < picture(2).mean(), "the scenery is gone"
    assert np.array_equal(teachers.shown[2], picture(6)), "the stack is begun anew"


def test_one_reader_alone_is_not_believed_on_pictures_laid_on_one_another():
    teachers = Teachers("")
    teachers.agreed = False
    made = read_after_one_in_vain(teachers, "12,345")
    assert not made[2].readable


def test_what_was_read_off_a_stack_is_not_echoed():
    teachers = Teachers("")
    reader = TrainedReader(teachers, ReadingRules(), HandClock())
    reader.read(picture(0))
    teachers.text = "12,345"
    reader.read(picture(2))
    made = reader.read(picture(4))
    assert made.put_off
    reader.confirm(picture(4), made)
    asked = len(teachers.shown)
    reader.read(picture(4))
    assert len(teachers.shown) == asked + 1
