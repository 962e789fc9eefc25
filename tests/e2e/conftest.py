"""A real server with a demonstration city, and headless Chromium in front of it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

from shuixin.setup import DEMO_PASSWORD
from shuixin.testing.services import scratch_postgresql

ROOT = Path(__file__).parents[2]
AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
#: Elements whose own text is pressed into a column of a few characters.
SQUEEZED = """
() => [...document.querySelectorAll("body *")].filter(one => {
    const box = one.getBoundingClientRect();
    const text = [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data.trim()).join("");
    const tall = box.height > 4 * parseFloat(getComputedStyle(one).fontSize);
    return text.length >= 8 && box.width > 2 && box.width < 75 && tall;
}).map(one => one.outerHTML.slice(0, 200))
"""
#: Heads of tables that are shown as cards on a phone, where those of wide ones could be seen still.
HEADS = """
() => innerWidth > 640 ? [] : [...document.querySelectorAll(".sx-table--cards thead")].filter(one =>
    one.getBoundingClientRect().width > 1).map(one => one.outerHTML.slice(0, 200))
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class City:
    """A running installation: its address, and commands on the same machine."""

    address: str
    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        """Run ``shuixin`` as the operator and return what it prints."""
        command = [sys.executable, "-m", "shuixin", *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, encoding="utf-8", check=True
        )
        return done.stdout


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """``shuixin serve --prepare`` with the demonstration city on a fresh database of each engine."""
    folder = tmp_path_factory.mktemp("city")
    on_file = nullcontext(f"sqlite:///{folder / 'shuixin.db'}")
    with on_file if request.param == "sqlite" else scratch_postgresql() as url, _serving(folder, url) as running:
        yield running


@contextmanager
def _serving(folder: Path, url: str) -> Iterator[City]:
    port = _free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SHUIXIN_DATA_DIR": str(folder),
        "SHUIXIN_DEMO": "true",
        "SHUIXIN_SECRET_KEY": uuid.uuid4().hex * 2,
    }
    command = [sys.executable, "-m", "shuixin", "serve", "--prepare", "--port", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ROOT)
        try:
            _wait(f"http://127.0.0.1:{port}", process, folder / "log")
            yield City(f"http://127.0.0.1:{port}", environment)
        finally:
            process.terminate()
            process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not answer: {log.read_text()[-2000:]}")


class Person:
    """Somebody with a browser of their own; every page they pass is checked for faults and by axe."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        expected = "status of 4"  # pages that refuse on purpose
        if message.type == "error" and expected not in message.text:
            self.faults.append(message.text)

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        self.check()
        return self.page

    def check(self) -> None:
        """Fail on a script or policy fault so far, on sideways scrolling, and on any axe violation of this page."""
        assert self.faults == []
        assert not self.page.evaluate("document.documentElement.scrollWidth > innerWidth"), "the page scrolls sideways"
        assert self.page.evaluate(SQUEEZED) == [], self.page.url
        assert self.page.evaluate(HEADS) == [], f"{self.page.url}: heads of tables lie over the cards"
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "async () => (await axe.run()).violations.map(v => v.id + ' ' + "
            "v.nodes.map(n => n.html.slice(0, 160) + ' ' + n.failureSummary.slice(0, 200)).join(' | '))"
        )
        assert found == [], f"{self.page.url}: {found}"

    def sign_in(self, username: str, password: str = DEMO_PASSWORD) -> Page:
        self.open("/sign-in")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        return self.follow(self.page.get_by_role("main").get_by_role("button", name="登录"))

    def press(self, name: str) -> Page:
        """Press the button called *name* and check the page it leads to."""
        return self.follow(self.page.get_by_role("button", name=name, exact=True).first)

    def agree(self) -> Page:
        """Press the last button of the dialog that asks whether one is sure."""
        return self.follow(self.page.get_by_role("dialog").get_by_role("button").last)

    def follow(self, link: Locator) -> Page:
        """Click *link*, wait until the page it leads to has loaded, and check that page."""
        with self.page.expect_navigation():
            link.click()
        self.check()
        return self.page


@pytest.fixture
def person(browser: Browser, city: City) -> Iterator[Callable[..., Person]]:
    """Make people: ``person("reviewer")``, ``person()`` for a citizen, ``person(width=390)`` on a phone."""
    contexts: list[BrowserContext] = []

    def make(username: str = "", width: int = 1440, **options: Any) -> Person:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        one = Person(context, city.address)
        if username:
            one.sign_in(username)
        return one

    yield make
    for context in contexts:
        context.close()
