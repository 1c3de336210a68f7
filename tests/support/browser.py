"""A real browser, without a window: what a page looks like to scripts after it was used."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@contextmanager
def tab(width: int = 1200, height: int = 800, scheme: Literal["light", "dark"] = "light") -> Iterator[Page]:
    """A tab to go through pages in, by Playwright. Skips the test where that or a browser is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = driver.chromium.launch(executable_path=_browser(), args=options)
        try:
            yield browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        finally:
            browser.close()


def _browser() -> str:
    """The browser of this machine. Skips the test where none is."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no chromium is installed")
    return browser


def use(page: str, script: str) -> str:
    """The text that `script` gives to `say(…)` after the page has loaded. Skips the test where no browser is.

    The page's own policy forbids foreign scripts, so it is taken out here.
    """
    browser = _browser()
    helper = "function say(text) { document.body.replaceChildren(); document.body.textContent = text; }"
    driven = re.sub(r"<meta http-equiv=.Content-Security-Policy[^>]*>", "", page, count=1)
    tried = f"try {{ {script} }} catch (error) {{ say(error.stack); }}"
    driven = driven.replace("</body>", f"<script>{helper}\n{tried}</script></body>")
    return _dump(browser, driven)


def load(page: str) -> str:
    """The page's elements after it has loaded as it is. Skips the test where no browser is."""
    return _dump(_browser(), page)


def _dump(browser: str, page: str) -> str:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        command = [browser, *QUIET, f"--user-data-dir={folder}/profile", "--window-size=1200,800", "--dump-dom"]
        done = subprocess.run([*command, file.as_uri()], capture_output=True, timeout=120, check=True)
    return done.stdout.decode()
