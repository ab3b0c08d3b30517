"""The frame of a report: one HTML page that asks no server for anything; light, dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape as html_escape

from combatlens.domain.words import plain

_STYLE = """
:root{color-scheme:light dark;--ground:#F4F6F8;--card:#FFFFFF;--line:#D9DFE5;--text:#171C22;--muted:#4A5661;
--accent:#07604D;--soft:#D5ECE6;--second:#4A5763;--warn:#6F4900;--bad:#A8221B}
@media(prefers-color-scheme:dark){:root{--ground:#12161B;--card:#191F26;--line:#2C3641;--text:#EDF1F5;--muted:#A4B1BE;
--accent:#56CBB0;--soft:#1D3F3B;--second:#C3CEDA;--warn:#F2BC57;--bad:#FF8A80}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,"Segoe UI",Roboto,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:960px;margin:0 auto;padding:40px 24px 48px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:17px;margin:0 0 12px}
p{margin:0 0 12px}.muted{color:var(--muted)}.sub{color:var(--muted);margin-bottom:24px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px;margin-bottom:16px}
.tiles.four{grid-template-columns:repeat(auto-fit,minmax(200px,1fr))}
.tile,section{background:var(--card);border:1px solid var(--line);border-radius:10px}
.tile{padding:14px 16px}.tile b{display:block;font-size:24px;line-height:1.25;font-weight:600;
overflow-wrap:anywhere}
.tile span{color:var(--muted);font-size:13px}
section{padding:20px 24px;margin-bottom:16px}
.chart{display:block;width:100%;height:auto;margin:4px 0 8px}
.grid{stroke:var(--line);stroke-width:1}.axis{fill:var(--muted);font-size:12px}.axis.y{text-anchor:end}
.axis.x{text-anchor:middle}.axis.end{text-anchor:end}.fill{fill:var(--accent);opacity:.16}
.line{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}
.trend{stroke:var(--second);stroke-width:2;stroke-dasharray:6 5}.bar{fill:var(--accent)}.rail{fill:var(--line)}
.whisker{stroke:var(--text);stroke-width:1.5}.bar.pale{opacity:.5}
.mark text{text-anchor:middle;font-size:12px;fill:var(--second)}
.mark line{stroke:var(--second);stroke-width:1;opacity:.45}
.mark.death text{fill:var(--bad)}.mark.death line{stroke:var(--bad)}.mark.level_up text{fill:var(--warn)}
.share{width:84px;height:8px;vertical-align:middle}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}
th{font-weight:600;color:var(--muted);font-size:13px}
th,td{padding:7px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child,.word,.wrap{text-align:left}
th:first-child,td:first-child{padding-left:0}td.wrap,td:first-child{white-space:normal}
td:first-child{overflow-wrap:anywhere;min-width:9em}
tr:last-child td{border-bottom:0}th:last-child,td:last-child{padding-right:0}
ul.says{list-style:none;margin:0;padding:0}
ul.says li{padding:8px 0;border-bottom:1px solid var(--line);display:flex;gap:12px}
ul.says li:last-child{border:0}.tag{flex:none;width:76px;font-size:13px;color:var(--muted)}
.high .tag{color:var(--bad)}.medium .tag{color:var(--warn)}
a{color:var(--accent)}h1.next{margin-top:56px;break-before:page}
footer{color:var(--muted);font-size:13px;margin-top:24px}
@media print{:root{--ground:#fff;--card:#fff;--line:#D9DFE5;--text:#171C22;--muted:#4A5661;
--accent:#07604D;--soft:#D5ECE6;--second:#4A5763;--warn:#6F4900;--bad:#A8221B}
body{font-size:11pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}main{max-width:none;padding:0}
section,.tile{break-inside:avoid;border-radius:0}section{padding:12px 0;border-width:1px 0 0}h1,h2{break-after:avoid}
.tiles,.tiles.four{grid-template-columns:repeat(4,1fr);gap:6px}.tile{padding:8px 10px}.tile b{font-size:15pt}
section.long{break-inside:auto}tr{break-inside:avoid}}
@page{margin:15mm}
"""

EXACT = 1e16
"""From here on a number has more places than a float keeps."""
_ICON = {"high": "▲ high", "medium": "● medium", "low": "· low"}


def escape(text: str) -> str:
    """Plain text as HTML."""
    return html_escape(plain(text))


def page(title: str, subtitle: str, body: Sequence[str], made_at: float) -> str:
    """The whole page. `title`, `subtitle` plain text; `body`: sections of HTML; `made_at`: Unix seconds."""
    made = datetime.fromtimestamp(made_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{escape(title)}</h1>\n<p class="sub">{escape(subtitle)}</p>\n'
        + "\n".join(part for part in body if part)
        + f"\n<footer>Made by CombatLens on {made}.</footer>\n</main>\n</body>\n</html>\n"
    )


def tiles(figures: Sequence[tuple[str, str]]) -> str:
    """Large figures: (value, name)."""
    cells = (f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span></div>' for value, name in figures)
    return f'<div class="tiles{" four" if len(figures) > 6 else ""}">{"".join(cells)}</div>'


def section(title: str, body: str, *, note: str = "", long: bool = False) -> str:
    """A card; "" where there is nothing to show. `body` is HTML, the rest plain text. `long`: may be cut on paper."""
    if not body:
        return ""
    told = f'<p class="muted">{escape(note)}</p>' if note else ""
    return f"<section{' class=long' if long else ''}><h2>{escape(title)}</h2>{told}{body}</section>"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = (), wrapped: int = -1) -> str:
    """`rows`: cells of HTML, already escaped; "" where there are none. `words`: columns of text, beside the first;
    `wrapped`: the one of running text."""
    if not rows:
        return ""
    head = "".join(f"<th{_kind(i, words, wrapped)}>{escape(name)}</th>" for i, name in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(f"<td{_kind(i, words, wrapped)}>{cell}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _kind(column: int, words: Sequence[int], wrapped: int) -> str:
    return ' class="wrap"' if column == wrapped else ' class="word"' if column in words else ""


def says(rows: Sequence[tuple[str, str]]) -> str:
    """Sentences with their weight: (high, medium or low; text)."""
    if not rows:
        return ""
    items = (
        f'<li class="{escape(weight)}"><span class="tag">{_ICON.get(weight, "")}</span><span>{escape(text)}</span></li>'
        for weight, text in rows
    )
    return f'<ul class="says">{"".join(items)}</ul>'


def number(value: float | None, digits: int = 0) -> str:
    if value is None:
        return "–"
    return f"{value:,.{digits}f}" if abs(value) < EXACT else f"{value:.3g}"


def percent(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}%}"


def duration(minutes: float) -> str:
    """h:mm:ss"""
    seconds = round(minutes * 60)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def moment(at: float | None) -> str:
    """Unix seconds in this computer's zone."""
    return "–" if at is None else datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
