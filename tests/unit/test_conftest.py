"""The guards of conftest.py are tested by tests that must fail: a guard that guards nothing is worse than none."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parent.parent / "conftest.py"


@pytest.fixture
def guarded(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    return pytester


def outcome(guarded: pytest.Pytester, code: str) -> pytest.RunResult:
    guarded.makepyfile(code)
    return guarded.runpytest_subprocess("-q", "-p", "no:cacheprovider")


def test_a_leaked_thread_fails_and_is_named(guarded: pytest.Pytester) -> None:
    result = outcome(
        guarded,
        """
        import threading
        def test_leaks():
            threading.Thread(target=threading.Event().wait, args=(30,), name="tail", daemon=True).start()
        """,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*threads outlive the test*", "tail (daemon=True)"])


def test_an_error_in_the_log_fails_unless_expected(guarded: pytest.Pytester) -> None:
    result = outcome(
        guarded,
        """
        import logging, pytest
        def test_unexpected():
            logging.getLogger("x").error("disk gone")
        @pytest.mark.expected_errors("disk")
        def test_expected():
            logging.getLogger("x").error("disk gone")
        @pytest.mark.expected_errors("disk")
        def test_expected_but_absent():
            pass
        """,
    )
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(["x: disk gone", "no error in the log matches 'disk'*"])


def test_a_running_timer_fails_a_stopped_one_does_not(guarded: pytest.Pytester) -> None:
    result = outcome(
        guarded,
        """
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QWidget
        def test_runs(qtbot):
            widget = QWidget()
            QTimer(widget, interval=1000).start()
            test_runs.keep = widget
        def test_stopped(qtbot):
            timer = QTimer(interval=1000)
            timer.start()
            timer.stop()
            test_stopped.keep = timer
        """,
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*Qt timers still run after the test: QWidget every 1000 ms"])


def test_nothing_reaches_the_home_of_the_person(guarded: pytest.Pytester) -> None:
    result = outcome(
        guarded,
        """
        import os
        def test_home(tmp_path_factory):
            assert os.environ["COMBATLENS_HOME"].startswith(str(tmp_path_factory.getbasetemp()))
            assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
        """,
    )
    result.assert_outcomes(passed=1)


def test_end_to_end_tests_share_one_worker(guarded: pytest.Pytester) -> None:
    note = """
        import os, pytest
        @pytest.mark.parametrize("number", range(8))
        def test_one(number):
            with open({name!r}, "a") as file:
                print(os.environ["PYTEST_XDIST_WORKER"], file=file)
    """
    for name in ("tests/e2e/test_a", "tests/e2e/test_b", "tests/unit/test_c"):
        guarded.makepyfile(**{name: note.format(name=name.split("/")[1])})
    result = guarded.runpytest_subprocess("-q", "-p", "no:cacheprovider", "-n", "2")
    result.assert_outcomes(passed=24)
    assert len(set((guarded.path / "e2e").read_text().split())) == 1
    assert len((guarded.path / "unit").read_text().split()) == 8
