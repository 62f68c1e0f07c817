"""Telling the owner by a webhook: one POST, such as ntfy takes.

What can go wrong is told apart by what it means. Where there was no connection, or the server says that
it is busy or broken, nothing was told and it may be tried again. Where an answer was cut off it may have
been told, and is not tried again: nobody wants a thing told twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Mapping
from datetime import timedelta
from email.header import Header
from typing import Any

from dayhand.app.application import App
from dayhand.app.notice import Notice, Told
from dayhand.errors import UserError
from dayhand.model.notify import WebhookSettings, address_problem
from dayhand.model.practice import SecretRef
from dayhand.steps.declarations import Finding

__all__ = ["Webhook"]

LIMIT = timedelta(seconds=15)
CONNECT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
_PASSES = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSED = {401: "it wants another token or password", 403: "it wants another token or password",
            404: "nothing is at this address"}  # fmt: skip


class Webhook:
    """One webhook of `notify`."""

    def __init__(self, app: App, name: str, settings: WebhookSettings) -> None:
        self._app = app
        self.name = name
        self._settings = settings

    async def tell(self, notice: Notice) -> Told:
        """Post the notice."""
        try:
            import httpx2  # an extra, and only where something is told
        except ImportError:
            return Told.failed(
                "it needs 'httpx2': pip install --only-binary :all: 'dayhand[webhook]'"
            )
        try:
            request = self._request(notice)
        except UserError as error:
            return Told.failed(error.message)
        try:
            async with asyncio.timeout(LIMIT.total_seconds()), self._client(httpx2) as client:
                response = await client.send(client.build_request(**request), stream=True)
                await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return Told.failed(_no_connection(error), retry="CERTIFICATE" not in str(error))
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            return Told.unclear(f"no whole answer ({type(error).__name__})")
        return _judged(response.status_code, response.headers)

    def _client(self, httpx2: Any) -> Any:
        # system's certificates; no proxy and no .netrc from the environment
        return httpx2.AsyncClient(
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(LIMIT.total_seconds(), connect=CONNECT.total_seconds()),
        )

    def address(self) -> str:
        """Where it posts to. Raises `UserError`."""
        url = self._settings.url
        address = (self._app.secret(url) if isinstance(url, SecretRef) else url).strip()
        problem = address_problem(address)
        if problem:
            raise UserError(problem, hint="see notify in practice.yaml")
        return address

    def _request(self, notice: Notice) -> dict[str, Any]:
        settings = self._settings
        headers = {"Idempotency-Key": hashlib.sha256(notice.key.encode()).hexdigest()[:32]}
        request: dict[str, Any] = {"method": "POST", "url": self.address(), "headers": headers}
        if settings.token is not None:
            headers["Authorization"] = f"Bearer {self._app.secret(settings.token)}"
        elif settings.password is not None:
            headers["Authorization"] = _basic(
                settings.username, self._app.secret(settings.password)
            )
        if settings.format == "json":
            text = f"{notice.subject}\n{notice.body}"
            request["json"] = {"title": notice.subject, "message": notice.body, "text": text}
        else:
            title = notice.subject
            headers["Title"] = title if title.isascii() else Header(title, "utf-8").encode()
            headers["Content-Type"] = "text/plain; charset=utf-8"
            request["content"] = notice.body.encode()
        return request

    def examine(self) -> Finding:
        """Whether a connection can be made; nothing is posted."""
        try:
            address = self.address()
            for secret in (self._settings.token, self._settings.password):
                if secret is not None:
                    self._app.secret(secret)
            import httpx2  # as above
        except UserError as error:
            return Finding("failure", f"webhook: {error.message}", error.hint)
        except ImportError:
            hint = "pip install --only-binary :all: 'dayhand[webhook]'"
            return Finding("failure", "webhook: it needs 'httpx2', which is not installed", hint)
        url = httpx2.URL(address)
        port = url.port or (443 if url.scheme == "https" else 80)
        return asyncio.run(_reached(url.host, port, url.scheme))


async def _reached(host: str, port: int, scheme: str) -> Finding:
    context = ssl.create_default_context() if scheme == "https" else None
    try:
        async with asyncio.timeout(CONNECT.total_seconds()):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLError:
        return Finding("failure", f"webhook: the certificate of {host} is not to be trusted")
    except (OSError, TimeoutError):
        hint = "is the address right, and is there a network?"
        return Finding("warning", f"webhook: {host} cannot be reached now", hint)
    writer.close()
    return Finding("ok", f"webhook: {host} can be reached; try it with 'dayhand notify --test'")


def _basic(username: str, password: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _no_connection(error: Exception) -> str:
    if "CERTIFICATE" in str(error):
        return "the server's certificate is not to be trusted"
    return "there is no connection to the server"


def _judged(status: int, headers: Mapping[str, str]) -> Told:
    if 200 <= status < 300:
        return Told.done()
    why = _REFUSED.get(status, "")
    if 300 <= status < 400:
        why = "it sends notices elsewhere: use the address it names"
    told = f"the server answers {status}" + (f": {why}" if why else "")
    wait = headers.get("retry-after", "")
    after = timedelta(seconds=int(wait)) if wait.isdigit() and len(wait) < 6 else None
    wanted = min(after, LONGEST_WAIT) if after else None
    return Told.failed(told, retry=status in _PASSES, after=wanted)
