"""The picture of a learning: four panels drawn with matplotlib (the extra `combatlens[plots]`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.progress import LearningEvent, smoothed
from combatlens.learning.progress_goals import GoalProgress

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 120
DONE, UNDER_WAY = "#2a9d5c", "#3b7dd8"


def draw(
    events: Sequence[LearningEvent], goals: Sequence[GoalProgress], tasks: Sequence[str], save_path: str | Path | None
) -> Figure:
    """Curves, distribution of scores, learning rate and goals of `tasks`; written to `save_path` where given.

    Raises EnvironmentFault when matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError:
        raise EnvironmentFault("matplotlib is not installed", "pip install 'combatlens[plots]'") from None
    figure, panels = pyplot.subplots(2, 2, figsize=(13, 8.5), layout="constrained")
    chosen = {task: [e for e in events if e.task_type == task] for task in tasks}
    _curves(panels[0, 0], chosen)
    _distribution(panels[0, 1], chosen)
    _rates(panels[1, 0], chosen)
    _goals(panels[1, 1], goals)
    figure.suptitle("Learning progress", fontsize=15, fontweight="bold")
    if save_path is not None:
        target = Path(save_path).expanduser()
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, dpi=DPI)
    return figure


def _curves(panel: Axes, tasks: dict[str, list[LearningEvent]]) -> None:
    for task, own in tasks.items():
        if not own:
            continue
        times, scores = _times(own), [e.performance_score for e in own]
        (line,) = panel.plot(times, smoothed(scores, max(1, len(scores) // 20)), label=task, linewidth=2)
        panel.plot(times, scores, ".", color=line.get_color(), alpha=0.25, markersize=4)
    if any(tasks.values()):
        _dates(panel)
    _dress(panel, "Learning curves", "time (UTC)", "performance score", tasks)


def _distribution(panel: Axes, tasks: dict[str, list[LearningEvent]]) -> None:
    scores = {task: [e.performance_score for e in own] for task, own in tasks.items() if own}
    every = [score for own in scores.values() for score in own]
    if every:
        low, high = min(every), max(every)
        bins = min(40, max(8, len(every) // 10))
        for task, own in scores.items():
            panel.hist(own, bins=bins, range=(low, high) if low < high else None, alpha=0.55, label=task)
        panel.margins(y=0.2)
    _dress(panel, "Distribution of scores", "performance score", "events", tasks)


def _rates(panel: Axes, tasks: dict[str, list[LearningEvent]]) -> None:
    for task, own in tasks.items():
        if own:
            panel.plot(_times(own), [e.learning_rate for e in own], label=task, linewidth=1.5)
    if any(tasks.values()):
        _dates(panel)
    _dress(panel, "Learning rate", "time (UTC)", "learning rate", tasks)


def _goals(panel: Axes, goals: Sequence[GoalProgress]) -> None:
    panel.set_title("Goals", loc="left", fontweight="bold")
    panel.set_xlim(0, 100)
    panel.set_xlabel("completed, %")
    if not goals:
        _say(panel, "no goals yet")
        return
    names = [g.goal_id for g in goals]
    colours = [DONE if g.is_completed else UNDER_WAY for g in goals]
    bars = panel.barh(names, [g.completion_percentage for g in goals], color=colours, height=0.6)
    panel.barh(names, [100] * len(goals), color="#8888", alpha=0.2, height=0.6, zorder=0)
    texts = [f"{g.completion_percentage:.0f} %" for g in goals]
    for bar, text, goal in zip(bars, texts, goals, strict=True):
        inside = goal.completion_percentage > 15
        panel.annotate(
            text, (goal.completion_percentage, bar.get_y() + bar.get_height() / 2),
            xytext=(-6 if inside else 6, 0), textcoords="offset points",
            ha="right" if inside else "left", va="center", color="white" if inside else "black",
        )  # fmt: skip
    panel.invert_yaxis()


def _dress(panel: Axes, title: str, x: str, y: str, tasks: dict[str, list[LearningEvent]]) -> None:
    panel.set_title(title, loc="left", fontweight="bold")
    panel.set_xlabel(x)
    panel.set_ylabel(y)
    panel.grid(alpha=0.25)
    if any(tasks.values()):
        panel.legend(loc="best", frameon=False)
    else:
        _say(panel, "no events yet")


def _dates(panel: Axes) -> None:
    import matplotlib.dates

    untyped: Any = matplotlib.dates
    locator = untyped.AutoDateLocator(minticks=3, maxticks=8)
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(untyped.ConciseDateFormatter(locator))


def _say(panel: Axes, text: str) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center", color="grey")


def _times(events: Sequence[LearningEvent]) -> list[float]:
    """Matplotlib's dates (days since 1970)."""
    return [e.timestamp / 86_400 for e in events]
