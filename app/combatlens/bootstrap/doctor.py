"""The examination behind `combatlens doctor`: each part is tried for real, and says what to do when it fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from tempfile import TemporaryDirectory

from combatlens.adapters.settings_file import TomlSettings
from combatlens.bootstrap.application import has_display
from combatlens.bootstrap.game_profiles import profile_folders
from combatlens.bootstrap.home import Home, HomeLock
from combatlens.bootstrap.remote import running_instance
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import GameProfile, Region
from combatlens.domain.settings import Settings
from combatlens.domain.snapshot import Health
from combatlens.domain.words import counted


def examine(home: Home, profile_name: str | None) -> Iterator[Health]:
    """Every part's health, in the order in which a user needs them."""
    yield _system()
    yield _tried("home", lambda: _home(home))
    settings = Settings()
    try:
        settings = TomlSettings(home.settings).load()
        profile = profile_folders(home).load(profile_name or settings.profile)
    except EnvironmentFault as fault:
        yield Health("profile", "failed", fault.what, fault.remedy)
        profile = GameProfile(name="default")
    else:
        yield Health("profile", "ok", f"{profile.title or profile.name}")
    yield _tried("store", lambda: _store(home))
    yield _display()
    yield _tried("capture", lambda: _capture(profile))
    yield _tried("reader", lambda: _reader(profile))
    yield _tried("hotkeys", lambda: _hotkeys(settings))
    yield _tried("combat log", lambda: _log(profile))
    yield _tried("bot API", lambda: _api(home, settings))
    yield from _running(home)


def _tried(name: str, look: Callable[[], Health]) -> Health:
    try:
        return look()
    except EnvironmentFault as fault:
        return Health(name, "failed", fault.what, fault.remedy)


def _system() -> Health:
    from combatlens import __version__

    return Health("program", "ok", f"CombatLens {__version__}, Python {sys.version.split()[0]}, {sys.platform}")


def _home(home: Home) -> Health:
    if not home.root.is_dir():
        return Health("home", "ok", f"{home.root} is not there yet; the first start makes it")
    home.prepare()
    try:
        with TemporaryDirectory(dir=home.root, prefix=".doctor-"):
            pass
    except OSError as error:
        raise EnvironmentFault(
            f"{home.root} cannot be written: {error.strerror}", "mend its rights, or use --home"
        ) from error
    return Health("home", "ok", str(home.root))


def _store(home: Home) -> Health:
    from sqlalchemy import text

    from combatlens.adapters.storage.engine import HEAD_REVISION, faults, revision
    from combatlens.bootstrap.store import has_store, open_engine

    if not has_store(home):
        return Health("store", "ok", "no database yet; the first start makes it")
    engine = open_engine(home, read_only=True)
    try:
        found = revision(engine)
        with faults(), engine.connect() as connection:
            sound = "ok" if home.database_url else connection.execute(text("PRAGMA quick_check")).scalar()
            sessions = connection.execute(text("SELECT count(*) FROM sessions")).scalar_one()
    finally:
        engine.dispose()
    if sound != "ok":
        return Health("store", "failed", f"the database is damaged: {sound}", "run combatlens db check")
    if found != HEAD_REVISION:
        return Health("store", "warning", f"schema {found}, this CombatLens has {HEAD_REVISION}", "run: db upgrade")
    if home.database_url:
        return Health("store", "ok", f"PostgreSQL, {counted(sessions, 'session')}; this machine is {home.machine!r}")
    return Health("store", "ok", f"{counted(sessions, 'session')}, {home.database.stat().st_size / 1e6:.1f} MB")


def _display() -> Health:
    if has_display():
        where = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or "the desktop"
        return Health("display", "ok", f"{where}")
    return Health(
        "display", "warning", "no display: overlay and tray cannot be shown",
        "record with `combatlens run --headless`, or start it on a desktop",
    )  # fmt: skip


def _capture(profile: GameProfile) -> Health:
    if not has_display():
        return Health("capture", "off", "needs a display")
    from combatlens.adapters.screen.build import open_locator
    from combatlens.adapters.screen.grabber import MssGrabber, capture_obstacle
    from combatlens.adapters.screen.windows import WindowGone

    grabber = MssGrabber()
    try:
        x, y, width, height = grabber.bounds()
        place = Region(x, y, min(width, 64), min(height, 64))
        region = profile.screen.region or profile.screen.bar
        if profile.screen.enabled and region is not None:
            with closing(open_locator(profile.screen)) as locator:
                place = locator.locate(region)
        grabber.grab(place.x, place.y, place.width, place.height)
    except WindowGone as gone:
        return Health("capture", "warning", gone.what, gone.remedy)
    finally:
        grabber.close()
    obstacle = capture_obstacle()
    if obstacle:
        return Health("capture", "warning", obstacle, "run the game under X11, or in XWayland")
    return Health("capture", "ok", f"screen {width}×{height}")


def _reader(profile: GameProfile) -> Health:
    from combatlens.adapters.ocr.tesseract import open_tesseract
    from combatlens.bootstrap.screen import still_reader

    open_tesseract().close()
    reader = still_reader(profile)
    names = ", ".join(reader.names)
    reader.close()
    if not profile.screen.enabled:
        return Health("reader", "off", f"{names} work; the profile reads no screen")
    return Health("reader", "ok", names)


def _hotkeys(settings: Settings) -> Health:
    if not settings.hotkeys_enabled:
        return Health("hotkeys", "off", "switched off in the settings")
    from combatlens.adapters.clock import SystemClock
    from combatlens.adapters.hotkeys import choose_hotkeys

    hotkeys = choose_hotkeys(SystemClock())
    try:
        problems = hotkeys.bind(settings.hotkeys, lambda _intent, _at: None)
    finally:
        hotkeys.stop()
    if not problems:
        return Health("hotkeys", "ok", f"{counted(len(settings.hotkeys), 'key')} ({hotkeys.name})")
    first = problems[0]
    rest = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Health("hotkeys", "warning", f"{first.key}: {first.what}{rest}", first.remedy)


def _log(profile: GameProfile) -> Health:
    log = profile.log
    if not log.enabled or not log.paths:
        return Health("combat log", "off", "the profile names none")
    from combatlens.adapters.combat_log.log_paths import expand
    from combatlens.adapters.combat_log.recognise import open_dialect, take_sample

    files = [path for path in expand(log.paths) if path.is_file()]
    if not files:
        return Health(
            "combat log", "warning", f"no file matches {', '.join(log.paths)}",
            "switch the log on in the game, or mend `paths` in the profile",
        )  # fmt: skip
    newest = max(files, key=lambda path: path.stat().st_mtime)
    dialect = open_dialect(log, take_sample(newest, log.encoding), None)
    return Health("combat log", "ok", f"{newest} ({dialect.name})")


def _api(home: Home, settings: Settings) -> Health:
    if not settings.api_enabled:
        return Health("bot API", "off", "switched off in the settings")
    if running_instance(home) is not None:
        return Health("bot API", "ok", "the running instance answers")
    from combatlens.adapters.bot_api.announce import listen

    with listen(settings.api_port) as listener:  # as the server does: a port it just let go is free to it
        if listener.getsockname()[1] != settings.api_port:
            return Health("bot API", "warning", f"port {settings.api_port} is taken", "the next free one will be used")
    return Health("bot API", "ok", f"port {settings.api_port} is free")


def _running(home: Home) -> Iterator[Health]:
    remote = running_instance(home)
    if remote is None and not home.root.is_dir():
        yield Health("instance", "off", "CombatLens does not run on this home", "start it: combatlens run")
        return
    if remote is None:
        lock = HomeLock(home)
        try:
            lock.acquire("combatlens doctor")
        except EnvironmentFault as fault:
            yield Health("instance", "warning", fault.what, fault.remedy)
        else:
            lock.release()
            yield Health("instance", "off", "CombatLens does not run on this home", "start it: combatlens run")
        return
    yield Health("instance", "ok", f"runs as process {remote.pid}")
    for health in remote.get("/v1/status")["health"]:
        yield Health(health["name"], health["state"], health["message"], health["remedy"])
