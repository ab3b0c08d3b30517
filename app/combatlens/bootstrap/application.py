"""`combatlens run`: recording with tray and overlay, or without a face where there is no display."""

from __future__ import annotations

import logging
import logging.handlers
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from combatlens import __version__
from combatlens.bootstrap.advisor import HomeAdvisor
from combatlens.bootstrap.alerting import Alerting, try_out
from combatlens.bootstrap.caretaker import Caretaker
from combatlens.bootstrap.coach import HomeCoach
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home, HomeInUse
from combatlens.bootstrap.importing import ImportDesk
from combatlens.bootstrap.remote import running_instance
from combatlens.bootstrap.screen_setup import ScreenWindows
from combatlens.bootstrap.sources import sources_of
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import Settings
from combatlens.domain.snapshot import Health
from combatlens.ports import Receipt
from combatlens.services.live import ControlService
from combatlens.services.supervisor import Supervisor

log = logging.getLogger(__name__)


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


class EndingControl(ControlService):
    """The API's control: the end of a session is told once its files are written.

    A bot that names no character means the profile's, whatever is shown.
    """

    def __init__(self, core: Core) -> None:
        own = core.profile.character
        super().__init__(core.recorder, core.clock, lambda character: core.shown(character or own), "bot")
        self._core = core

    def end(self, *, character: str = "") -> Future[Receipt]:
        done: Future[Receipt] = Future()

        def told(ended: Future[Receipt]) -> None:
            fault = ended.exception()
            if fault is not None:
                done.set_exception(fault)
            else:
                self._core.closing.when_done(lambda: done.set_result(ended.result()))

        super().end(character=character).add_done_callback(told)
        return done


class Application:
    """A running CombatLens: core, sources, API. `intent` is what asks the desktop, once there is one."""

    def __init__(self, home: Home, profile: str | None) -> None:
        self.core = Core(home, what="CombatLens", profile=profile)
        self.intent: Callable[[str], None] | None = None
        self._imports = ImportDesk(self.core)
        self._api: Any = None
        self._api_fault: Health | None = None
        core = self.core
        core.supervisor = Supervisor(core.recorder, core.clock, sources_of(core))
        core.extra_health.append(self._api_health)
        self.alert_listeners: list[Callable[[Mapping[str, Any]], None]] = []
        self.alerting = Alerting(core, self._push_alert)

    def start(self) -> None:
        core = self.core
        core.start(catch_up=True)
        if core.settings.api_enabled:
            self._start_api()
        if core.supervisor is not None:
            core.supervisor.start()
        self.alerting.start()

    def _start_api(self) -> None:
        from combatlens.adapters.bot_api.backend import Backend
        from combatlens.adapters.bot_api.server import BotApiServer

        core = self.core
        backend = Backend(
            recorder=core.recorder, live=core.live, control=EndingControl(core), history=core.history,
            clock=core.clock, version=__version__, on_intent=self._on_intent, editor=core.editor,
            advisor=HomeAdvisor(core), care=Caretaker(core), importing=self._imports,
            on_refused=core.intake.refused,
        )  # fmt: skip
        api = BotApiServer(backend, core.home.root, core.settings.api_port)
        try:
            api.start()
            self._api = api
        except EnvironmentFault as fault:
            log.error("bot API: %s", fault)
            self._api_fault = Health("bot API", "failed", fault.what, fault.remedy, core.clock.now())

    def settings_saved(self, old: Settings, new: Settings) -> str:
        """Take over what can be changed while it runs -> what the user should know. From any thread."""
        if old.alerts != new.alerts:
            self.alerting.follow(new.alerts)
        if (old.profile, old.api_port, old.api_enabled, old.synchronous) != (
            new.profile, new.api_port, new.api_enabled, new.synchronous,
        ):  # fmt: skip
            return "The game profile, the API and the store's settings take effect at the next start."
        return ""

    def _push_alert(self, alert: Mapping[str, Any]) -> None:
        if self._api is not None:
            self._api.push_alert(alert)
        for listener in tuple(self.alert_listeners):
            listener(alert)

    def _on_intent(self, name: str) -> None:
        if self.intent is None:
            raise EnvironmentFault("this instance runs without a desktop", "start it without --headless")
        self.intent(name)

    def _api_health(self) -> tuple[Health, ...]:
        if self._api_fault is not None:
            return (self._api_fault,)
        return (self._api.health(),) if self._api is not None else ()

    def stop(self) -> None:
        self.alerting.stop()
        if self._api is not None:
            self._api.stop()
        self._imports.stop()
        self.core.stop()


def start_logging(home: Home) -> logging.Handler:
    """The program's log: `<home>/logs/combatlens.log`, 1 MB, two older ones kept."""
    home.prepare()
    try:
        handler = logging.handlers.RotatingFileHandler(home.program_log, maxBytes=1_000_000, backupCount=2)
    except OSError as error:
        raise EnvironmentFault(
            f"the home folder {home.root} cannot be written: {error.strerror}", "choose another with --home"
        ) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)

    def crash(args: threading.ExceptHookArgs) -> None:
        log.critical("a thread has died", exc_info=args.exc_value)

    threading.excepthook = crash
    return handler


def run(home: Home, *, profile: str | None, headless: bool, seconds: float | None, say: Callable[[str], None]) -> int:
    """Run until asked to end. Returns the exit code. Raises EnvironmentFault when it cannot start."""
    handler = start_logging(home)
    try:
        application = Application(home, profile)
    except HomeInUse:
        remote = running_instance(home)
        if remote is None:
            raise
        remote.post("/v1/app/show")
        say("CombatLens already runs on this home; it was asked to show itself")
        return 0
    if not headless and not has_display():
        say("no display here: recording without overlay and tray (see combatlens doctor)")
        headless = True
    try:
        if headless:
            _run_headless(application, seconds, say)
        else:
            _run_desktop(application, seconds)
    finally:
        application.stop()
        logging.getLogger().removeHandler(handler)
        handler.close()
    return 0


def _run_headless(application: Application, seconds: float | None, say: Callable[[str], None]) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    def asked(name: str) -> None:
        if name != "quit":
            raise EnvironmentFault("this instance runs without a desktop", "start it without --headless")
        ended.set()

    application.intent = asked
    application.start()
    if application.core.salvaged is not None:
        say(application.core.salvaged.told())
    if (fault := application.core.recorder.fault) is not None:
        say(f"{fault}; until then what comes in waits on this disk")
    say(f"recording into {application.core.home.root}; end with Ctrl-C or combatlens ctl quit")
    ended.wait(seconds)


def _run_desktop(application: Application, seconds: float | None) -> None:
    from combatlens.ui.app import DesktopApp, create_application
    from combatlens.ui.signals import quit_on_signals
    from combatlens.ui.windows import Extra

    def trends(theme: Any) -> Any:
        from combatlens.ui.trends import TrendsWindow

        return TrendsWindow(core.analytics().dashboard, desktop.worker, theme)

    app = create_application(sys.argv[:1])
    core = application.core
    hotkeys = HotkeyBinder(application)
    screen = ScreenWindows(core)
    desktop = DesktopApp(
        app, live=core.live, control=core.control, history=core.history, settings=core.settings_file,
        clock=core.clock, quit_=lambda: app.exit(0), rebind=hotkeys.rebind, settings_saved=application.settings_saved,
        try_out=try_out,
        profiles=lambda: [(profile.name, profile.title or profile.name) for profile in core.profiles.all()],
        extras=(*screen.extras(), Extra("trends", "Trends", "trends", trends)), coach=HomeCoach(core),
    )  # fmt: skip
    hotkeys.post = desktop.post_intent
    screen.desktop = desktop
    core.overlay_covers = desktop.overlay.lies_over
    application.alert_listeners.append(lambda alert: desktop.post_alert(str(alert["message"])))
    application.intent = lambda name: desktop.post_intent(name)
    with quit_on_signals(app, seconds):
        desktop.show()
        desktop.when_shown(application.start)
        try:
            app.exec()
        finally:
            application.intent = None
            hotkeys.stop()
            screen.stop()
            desktop.shutdown()


class HotkeyBinder:
    """Binds the hotkeys when the desktop asks; their intents go to the desktop with the moment of the press."""

    def __init__(self, application: Application) -> None:
        self._core = application.core
        self._hotkeys: Any = None
        self.post: Callable[[str, float | None], None] = lambda _name, _at: None
        self._control = ControlService(
            self._core.recorder, self._core.clock, self._core.shown, source="hotkey"
        )  # fmt: skip

    def rebind(self, keys: dict[str, str]) -> tuple[Any, ...]:
        """On the desktop's worker thread. Returns the problems."""
        from combatlens.adapters.hotkeys import choose_hotkeys

        if self._hotkeys is None:
            if not keys:
                return ()
            self._hotkeys = choose_hotkeys(self._core.clock)
        found: tuple[Any, ...] = self._hotkeys.bind(keys, self._pressed)
        return found

    def _pressed(self, intent: str, at: float) -> None:
        if intent == "kill":
            self._control.count_kill(at=at)
        elif intent == "death":
            self._control.count_death(at=at)
        elif intent == "mark":
            self._control.mark("hotkey", at=at)
        else:
            self.post(intent, at)

    def stop(self) -> None:
        if self._hotkeys is not None:
            self._hotkeys.stop()
