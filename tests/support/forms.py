"""A browser that knows pages, forms and cookies, and no scripts; it minds a cookie's path and that it is for TLS alone."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

import requests


class Form(NamedTuple):
    """A form: where it goes and how, what it sends, and what its button says."""

    action: str
    method: str
    fields: dict[str, str]
    button: str


class Page(NamedTuple):
    """Where a browser came to."""

    address: str
    status: int
    text: str
    forms: list[Form]
    links: list[str]


class Browser:
    """Somebody's browser, with cookies of its own. certificate: the file of an authority that it trusts."""

    def __init__(self, certificate: str = "") -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = certificate or True

    def open(self, address: str) -> Page:
        """Goes to an address, and on to where it leads."""
        return _page(self.session.get(address, timeout=30))

    def press(self, page: Page, button: str, **typed: str) -> Page:
        """Presses the button that begins like this, after something was typed into the form's fields."""
        (form,) = [each for each in page.forms if each.button.startswith(button)]
        target, given = urljoin(page.address, form.action), {**form.fields, **typed}
        if form.method == "post":
            return _page(self.session.post(target, data=given, timeout=30))
        return _page(self.session.get(target, params=given, timeout=30))


def _page(answer: requests.Response) -> Page:
    reader = _Reader()
    reader.feed(answer.text)
    forms = [each._replace(button=each.button.strip()) for each in reader.forms]
    links = [urljoin(answer.url, link) for link in reader.links]
    return Page(answer.url, answer.status_code, answer.text, forms, links)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._in_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower(), {}, ""))
        elif tag == "input" and self.forms and "name" in given:
            ticked = given.get("type") != "checkbox" or "checked" in given
            self.forms[-1].fields.update({given["name"]: given.get("value", "")} if ticked else {})
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        self._in_button = tag == "button"

    def handle_endtag(self, tag: str) -> None:
        self._in_button = False

    def handle_data(self, data: str) -> None:
        if self._in_button and self.forms:
            self.forms[-1] = self.forms[-1]._replace(button=self.forms[-1].button + data)
