"""A real Chromium looking at a real server: what every test of the page shares.

Nothing is reached over the network but the server itself: the browser resolves no other host.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
WIDTHS = (1440, 1024, 390)
"""Pixels: a laptop, a tablet, a phone."""


def missing() -> str:
    """Why there can be no browser here; empty where there can."""
    if not CHROMIUM or not DRIVER:
        return "needs Chromium and chromedriver (Debian: chromium, chromium-driver)"
    try:
        import nicegui
        import selenium
    except ImportError as error:
        return f"needs the packages of the page and selenium: {error.name} is not installed"
    del nicegui, selenium
    return ""


SEEN = """
const [css, text] = arguments;
const large = r => r.width > 0 && r.height > 0;
const sized = e => large(e.getBoundingClientRect()) || [...e.children].some(sized);
const seen = e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && sized(e);
return [...document.querySelectorAll(css)].find(e =>
    (!text || (e.innerText ?? e.textContent).includes(text)) && seen(e)) ?? null;
"""
"""The first visible element, with a text in it, if there is one: looked up in the page, in one message."""

needs_browser = pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")


class Browser:
    """One window of Chromium. Waits are up to `patience` seconds and say what they waited for."""

    def __init__(self) -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM or ""
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
            "--force-device-scale-factor=1", "--lang=en-US", "--no-first-run", "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        ):  # fmt: skip
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver: Any = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        self.patience = 15.0
        self.messages: list[str] = []

    def fresh(self, *, width: int = 1440, height: int = 900, dark: bool = False, patience: float = 15.0) -> Browser:
        """One window that knows nothing of whoever used it before."""
        first, *others = self.driver.window_handles
        for tab in others:
            self.driver.switch_to.window(tab)
            self.driver.close()
        self.driver.switch_to.window(first)
        self.open("about:blank")
        self._devtools("Network.clearBrowserCookies")
        self.patience = patience
        self.size(width, height)
        self.prefer(dark=dark)
        self.log()
        self.messages.clear()
        return self

    def close(self) -> None:
        """End the browser."""
        self.driver.quit()

    # ------------------------------------------------------------- the window

    def size(self, width: int, height: int = 900) -> None:
        """The size of what the page sees, pixels; below 500 as on a phone."""
        self._devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        self._devtools("Emulation.setTouchEmulationEnabled", enabled=width < 500)

    def prefer(self, *, dark: bool) -> None:
        """The colours that the system asks for."""
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", features=[feature])

    def open(self, address: str) -> None:
        """Load a page."""
        self.driver.get(address)

    def reload(self) -> None:
        """As F5."""
        self.driver.refresh()

    def picture(self, path: Path, *, whole: bool = True) -> Path:
        """A PNG of the page, all of it or what is in the window."""
        import base64

        found = self._devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(found["data"]))
        return path

    # ------------------------------------------------------------- what is there

    def run(self, script: str, *args: Any) -> Any:
        """The value of a script (`return ...`) in the page."""
        return self.driver.execute_script(script, *args)

    def all(self, css: str) -> list[Any]:
        """The elements that are there now, seen or not."""
        found: list[Any] = self.driver.find_elements("css selector", css)
        return found

    def wait(self, css: str, *, seconds: float | None = None) -> Any:
        """The first visible element, once there is one."""
        return self.until(lambda: self.run(SEEN, css), css, seconds)

    def wait_gone(self, css: str, *, seconds: float | None = None) -> None:
        """Until no visible element is left."""
        self.until(lambda: self.run(SEEN, css) is None, f"no more {css}", seconds)

    def wait_text(self, text: str, css: str = "body", *, seconds: float | None = None) -> Any:
        """The first visible element whose text holds `text`."""
        return self.until(lambda: self.run(SEEN, css, text), f"{text!r} in {css}", seconds)

    def until(self, ready: Callable[[], T | None], what: str, seconds: float | None = None) -> T:
        """What `ready` returns once that is true; elements that are replaced meanwhile are looked up again."""
        from selenium.common.exceptions import StaleElementReferenceException

        limit, pause = time.monotonic() + (seconds or self.patience), 0.04
        while True:
            with contextlib.suppress(StaleElementReferenceException):
                found = ready()
                if found:
                    return found
            if time.monotonic() > limit:
                raise AssertionError(f"waited in vain for {what}; the page says: {self.text()[:800]!r} {self.log()}")
            time.sleep(pause)
            pause = min(1.2 * pause, 0.2)  # each look costs the page as much as it costs us

    def text(self, css: str = "body") -> str:
        """The visible text of the first such element, empty if there is none."""
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", css))

    def log(self) -> list[str]:
        """Errors and warnings of the page's console since the browser began."""
        for entry in self.driver.get_log("browser"):
            if entry["level"] in ("SEVERE", "WARNING"):
                self.messages.append(f"{entry['level']} {entry['message']}")
        return list(self.messages)

    # ------------------------------------------------------------- what a user does

    def click(self, css: str) -> None:
        """Click the first visible element, once it is there; one that is covered is a failure."""
        self.until(lambda: self._clicked(self.wait(css)), f"a click on {css}")

    def _clicked(self, element: Any) -> bool:
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()
        return True

    def type(self, css: str, text: str, *, clear: bool = True) -> None:
        """Write into a field, key by key, after emptying it. Long texts are pasted in a tenth of the work."""
        self._begun(css, clear=clear).send_keys(text)

    def paste(self, css: str, text: str, *, clear: bool = True) -> None:
        """Put a text into a field at once, after emptying it."""
        self._begun(css, clear=clear)
        self._devtools("Input.insertText", text=text)

    def _begun(self, css: str, *, clear: bool) -> Any:
        from selenium.webdriver.common.keys import Keys

        field = self.wait(css)
        if clear:
            field.send_keys(Keys.CONTROL, "a")
            field.send_keys(Keys.DELETE)
        else:
            field.send_keys(Keys.CONTROL, Keys.END)
        return field

    def keys(self, *pressed: str, times: int = 1) -> None:
        """Press keys together, wherever the focus is: `keys("Control", "Enter")`, `keys("ArrowLeft", times=5)`."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        names = {name: getattr(Keys, name.upper()) for name in ("Control", "Shift", "Alt", "Enter", "Tab", "Escape")}
        names |= {name: getattr(Keys, name.upper()) for name in ("Home", "End", "Space")}
        names |= {f"Arrow{way}": getattr(Keys, f"ARROW_{way.upper()}") for way in ("Left", "Right", "Up", "Down")}
        chain = ActionChains(self.driver, duration=0)
        for _ in range(times):
            for key in pressed:
                chain = chain.key_down(names.get(key, key))
            for key in reversed(pressed):
                chain = chain.key_up(names.get(key, key))
        chain.perform()

    def mouse(self, css: str, x: float, y: float) -> Any:
        """A chain of mouse actions that begins at a part (0 to 1 of width and height) of an element."""
        from selenium.webdriver.common.action_chains import ActionChains

        element = self.wait(css)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        size = element.size
        return ActionChains(self.driver).move_to_element_with_offset(
            element, round((x - 0.5) * size["width"]), round((y - 0.5) * size["height"])
        )

    def _devtools(self, command: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, parameters)


_browsers: list[Browser] = []
"""The one of this process, once it has begun, unless a test is using it."""


@contextlib.contextmanager
def browsing(**options: Any) -> Iterator[Browser]:
    """A fresh window, for the block. Chromium itself is kept for the next one: it takes seconds to begin."""
    browser = (_browsers.pop() if _browsers else Browser()).fresh(**options)
    try:
        yield browser
    except BaseException:
        browser.close()
        raise
    browser.fresh()  # its page asks nothing more of a server that is about to end
    _browsers.append(browser)


def end_browser() -> None:
    """End what was kept."""
    while _browsers:
        _browsers.pop().close()


class PageServer:
    """`nl2strat ui` in a process of its own, on a free port of this machine, with a data folder of its own."""

    def __init__(self, home: Path, *, arguments: tuple[str, ...] = (), **environment: str) -> None:
        self.home, self._arguments, self._environment = home, arguments, environment
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where the page is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def entrance(self) -> str:
        """The printed address, which lets a browser in."""
        found = re.search(r"http://\S+", self.log())
        assert found is not None, f"no address is printed: {self.log()[-2000:]}"
        return found.group().replace("localhost", "127.0.0.1").replace("0.0.0.0", "127.0.0.1")

    def start(self, *, seconds: float = 60.0) -> PageServer:
        """Begin to serve; returns once it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, **self._environment, "NL2STRAT_HOME": str(self.home)}
        command = [sys.executable, "-m", "nl2strat", "ui", "--no-open", "--port", str(self.port), *self._arguments]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        limit = time.monotonic() + seconds
        while not _answers(self.address):
            if self.process.poll() is not None or time.monotonic() > limit:
                raise AssertionError(f"the server did not begin to serve: {self.log()[-2000:]}")
            time.sleep(0.1)
        return self

    def stop(self, *, abruptly: bool = False) -> int:
        """End it as Ctrl-C does, or as a power cut does; its exit code."""
        import signal

        assert self.process is not None
        if abruptly:
            self.process.kill()
        elif self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(60.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5.0)
            raise AssertionError(f"the server did not end on Ctrl-C: {self.log()[-2000:]}") from None

    def restart(self, *, abruptly: bool = False) -> PageServer:
        """End it and begin again on the same port."""
        self.stop(abruptly=abruptly)
        return self.start()

    def log(self) -> str:
        """What it has printed."""
        path = self.home / "server.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


@contextlib.contextmanager
def serving(home: Path, *, arguments: tuple[str, ...] = (), **environment: str) -> Iterator[PageServer]:
    """A server that ends with the block."""
    server = PageServer(home, arguments=arguments, **environment)
    try:
        yield server.start()
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@contextlib.contextmanager
def entered(server: PageServer, *, patience: float) -> Iterator[Browser]:
    """A browser that has come in by the printed address and sees the page; it ends with the block."""
    with browsing(patience=patience) as browser:
        browser.open(server.entrance)
        browser.wait(".text-box textarea")
        yield browser


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2.0) as answer:
            return bool(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False
