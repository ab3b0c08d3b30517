"""Reports of a home: what is read, and which writer gets it."""

from __future__ import annotations

from typing import Any

from combatlens.adapters.clock import SystemClock
from combatlens.bootstrap.analytics import open_analytics
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.past import open_past
from combatlens.reports.csv_table import csv_table


def session_report(home: Home, session_id: str, kind: str) -> str:
    """`kind`: html, md or csv. Raises NotFound."""
    from combatlens.reports.markdown import session_markdown
    from combatlens.reports.session_html import session_page

    with open_past(home) as history:
        detail = history.detail(session_id)
    if kind == "csv":
        skills = detail.summary.skills.items()
        return csv_table([{"skill": name, **_plain(skill)} for name, skill in skills]) + "\n"
    return (session_page if kind == "html" else session_markdown)(detail, SystemClock().now())


def period_report(home: Home, days: float | None, kind: str) -> str:
    """Of the last so many days, None: of everything. `kind`: html, md or csv."""
    from combatlens.reports.markdown import period_markdown
    from combatlens.reports.period_html import period_page

    with open_analytics(home) as analytics:
        dashboard = analytics.dashboard(days)
        if kind == "csv":
            return csv_table(dashboard["by_day"]) + "\n"
        insights = analytics.findings(dashboard)
    return (period_page if kind == "html" else period_markdown)(dashboard, insights, SystemClock().now())


def _plain(skill: Any) -> dict[str, Any]:
    import msgspec

    return {key: value for key, value in msgspec.structs.asdict(skill).items() if key != "last_used"}
