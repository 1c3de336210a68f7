"""A real browser, without a window: what a page looks like to scripts after it was used."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


def use(page: str, script: str) -> str:
    """The text that `script` gives to `say(…)` after the page has loaded. Skips the test where no browser is.

    The page's own policy forbids foreign scripts, so it is taken out here.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no chromium is installed")
    helper = "function say(text) { document.body.replaceChildren(); document.body.textContent = text; }"
    driven = re.sub(r"<meta http-equiv=.Content-Security-Policy[^>]*>", "", page, count=1)
    tried = f"try {{ {script} }} catch (error) {{ say(error.stack); }}"
    driven = driven.replace("</body>", f"<script>{helper}\n{tried}</script></body>")
    return _dump(browser, driven)


def load(page: str) -> str:
    """The page's elements after it has loaded as it is. Skips the test where no browser is."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no chromium is installed")
    return _dump(browser, page)


def _dump(browser: str, page: str) -> str:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        command = [browser, *QUIET, f"--user-data-dir={folder}/profile", "--window-size=1200,800", "--dump-dom"]
        done = subprocess.run([*command, file.as_uri()], capture_output=True, timeout=120, check=True)
    return done.stdout.decode()
