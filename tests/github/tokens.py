"""Who asks: the app by a signed JWT, or an installation by a token; and what it may do."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.github.model import Account, Installation, Token, now
from tests.github.routing import ApiError, Request

if TYPE_CHECKING:
    from tests.github.fake import FakeGitHub
    from tests.github.repository import Repository

_LIFE = timedelta(hours=1)


@cache
def key_pair() -> tuple[str, str]:
    """A private and a public key (PEM), made once in a process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def split(header: str) -> tuple[str, str]:
    """The kind of an authorization header (token, jwt, basic, none) and its secret."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            return "basic", base64.b64decode(value).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return "basic", ""
    if scheme.lower() in ("bearer", "token"):
        return ("jwt" if value.count(".") == 2 else "token"), value
    return "none", ""


class Tokens:
    """The installation tokens that were given out."""

    def __init__(self, github: FakeGitHub) -> None:
        self._github = github
        self._tokens: dict[str, Token] = {}
        self._people: dict[str, Account] = {}

    def create(
        self, installation: Installation, repositories: frozenset[int] | None, permissions: dict[str, str] | None
    ) -> tuple[str, Token]:
        granted = permissions or installation.permissions
        token = Token(installation, repositories, {**granted, "metadata": "read"}, now() + _LIFE)
        secret = f"ghs_{secrets.token_hex(18)}"
        self._tokens[secret] = token
        return secret, token

    def create_for(self, person: Account) -> str:
        """A token with which the app asks for a person."""
        secret = f"ghu_{secrets.token_hex(18)}"
        self._people[secret] = person
        return secret

    def person(self, request: Request) -> Account:
        """For whom a request is made. Raises ApiError 401."""
        if request.secret not in self._people:
            raise ApiError(401, "Bad credentials" if request.secret else "Requires authentication")
        return self._people[request.secret]

    def expire(self) -> None:
        """All tokens given out so far are no longer good."""
        self._tokens.clear()
        self._people.clear()

    def check_app(self, request: Request) -> None:
        """Raises ApiError 401 unless the request carries a good JWT of the app."""
        if request.authorization != "jwt":
            raise ApiError(401, "A JSON web token could not be decoded")
        app = self._github.app
        try:
            claims = jwt.decode(
                request.secret, app.public_key, ["RS256"], leeway=60,
                options={"require": ["iat", "exp", "iss"], "verify_iss": False, "verify_aud": False},
            )  # fmt: skip
        except jwt.InvalidTokenError as error:
            raise ApiError(401, f"A JSON web token could not be decoded: {error}") from None
        if str(claims["iss"]) not in (str(app.id), app.client_id):
            raise ApiError(401, "Integration not found")
        if claims["exp"] - now().timestamp() > 600 + 5:
            raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")

    def find(self, request: Request) -> Token:
        """The token of a request. Raises ApiError 401 or 403."""
        if not request.secret:
            raise ApiError(401, "Requires authentication")
        token = self._tokens.get(request.secret)
        if token is None or token.expires <= now() or token.installation not in self._github.installations:
            raise ApiError(401, "Bad credentials")
        if token.installation.suspended:
            raise ApiError(403, "This installation has been suspended")
        return token


def check_reach(token: Token, repository: Repository, permission: str, *, writing: bool) -> None:
    """Raises ApiError unless the token suffices. GitHub lets any token read public repositories; the fake does not."""
    if not token.reaches(repository.id):
        if writing and not repository.private:
            raise ApiError(403, "Resource not accessible by integration")
        raise ApiError(404, "Not Found")
    names, _, level = permission.partition(":")
    if names and not token.allows(names, level):
        raise ApiError(403, "Resource not accessible by integration")
    if writing and repository.archived:
        raise ApiError(403, "Repository was archived so is read-only.")
