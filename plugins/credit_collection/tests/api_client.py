"""A caller of the API: sends JSON with a token, remembers the version of the filing it works on."""

import io
from typing import Any

from shuixin.access import Actor
from shuixin.kit import clock
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.services import tokens


class Caller:
    """The system of an enterprise."""

    def __init__(self, client: SignedIn, token: str) -> None:
        self._client = client
        self.token = token
        self.id = 0
        self.version = 0

    def send(self, method: str, path: str, **options: Any) -> Any:
        """Send a request below ``/api/v1/``; ``version=None`` leaves ``If-Match`` out."""
        version = options.pop("version", self.version)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"If-Match": f'"{version}"'} if version is not None else {}
        answer = self._client.open(
            f"/api/v1/{path}", method=method, headers={**headers, **options.pop("headers", {})}, **options
        )
        if "ETag" in answer.headers:
            self.version = int(answer.headers["ETag"].strip('"'))
        return answer

    def begin(self) -> Any:
        """Begin a filing, and work on it from now on."""
        answer = self.send("POST", "filings")
        self.id = answer.get_json()["id"]
        return answer

    def work(self, method: str, path: str = "", **options: Any) -> Any:
        """Send a request about the own filing."""
        return self.send(method, f"filings/{self.id}{path}", **options)

    def put(self, code: str, key: str, values: Any, **options: Any) -> Any:
        """Write one record."""
        return self.work("PUT", f"/records/{code}/{key}", json=values, **options)

    def submit(self, **more: Any) -> Any:
        """Submit the own filing, with the commitment in force."""
        given = self.send("GET", "commitment", version=None).get_json()["id"]
        return self.work("POST", "/submit", json={"commitment": given, **more})

    def attach(self, place: str, content: bytes, name: str = "证明.png", **options: Any) -> Any:
        """Upload a file."""
        return self.work("POST", f"/files/{place}", data={"file": (io.BytesIO(content), name)}, **options)


def caller(client: SignedIn, actor: Actor, days: int = 30) -> Caller:
    """Return a caller with a new token of *actor*."""
    return Caller(client, tokens.create(actor, label="企业ERP", days=days, now=clock.now())[1])
