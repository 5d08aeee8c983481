"""A client that holds the server to what every answer promises."""

from typing import Any

import httpx


class API:
    """`/api/v1` with a token. Every answer is looked at: JSON or 204, never a 5xx, errors in one of two shapes."""

    def __init__(self, url: str, token: str | None = None, *, may_refuse: bool = False) -> None:
        """`may_refuse`: 503 is expected, because the test takes something away that the server needs."""
        self.token = token
        self._may_refuse = may_refuse
        self._http = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"authorization": f"Bearer {token}"} if token else {},
            trust_env=False,
            timeout=30,
            event_hooks={"response": [self._check]},
        )

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, **options)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.request("GET", path, params=query or None)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """`body`: bytes go as they are, anything else as JSON."""
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: Any) -> httpx.Response:
        return self._send("PUT", path, body, {})

    def patch(self, path: str, body: Any) -> httpx.Response:
        return self._send("PATCH", path, body, {})

    def delete(self, path: str) -> httpx.Response:
        return self.request("DELETE", path)

    def close(self) -> None:
        self._http.close()

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        content = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        return self.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}, **content)

    def _check(self, response: httpx.Response) -> None:
        response.read()
        check_answer(
            response.status_code,
            response.headers.get("content-type"),
            response,
            may_refuse=self._may_refuse,
            has_body=response.request.method != "HEAD",
        )


def check_answer(status: int, content_type: str | None, body: Any, *, may_refuse: bool = False, has_body: bool = True) -> None:
    """What every answer promises. `body` is anything with `.content` and `.json()`."""
    assert status < 500 or (may_refuse and status == 503), f"{status}: {body.content!r}"
    if status == 204 or not has_body:
        assert body.content == b""
        return
    assert content_type == "application/json", (status, content_type, body.content)
    answer = body.json()
    if status == 422:
        assert answer["detail"]
        for error in answer["detail"]:
            assert error["loc"] and all(isinstance(part, str) for part in error["loc"]), error
            assert isinstance(error["msg"], str) and isinstance(error["type"], str), error
    elif status >= 300:
        assert isinstance(answer["code"], str) and isinstance(answer["detail"], str), answer


def places(response: httpx.Response) -> list[list[str]]:
    """What a 422 complains about."""
    assert response.status_code == 422, (response.status_code, response.text)
    return [error["loc"] for error in response.json()["detail"]]
