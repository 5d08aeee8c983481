"""Pages of any origin may call the API from a browser."""

import httpx
import pytest
from harness.server import Server

ASKED = {"origin": "https://portal.example", "access-control-request-headers": "authorization, content-type, x-of-ours"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/app", "/api/v1/app/app_1/msg", "/api/v1/no/such/path", "/docs"])
def test_a_browser_may_ask_before_it_sends(godwit: Server, method: str, path: str) -> None:
    answer = httpx.options(godwit.url + path, headers=ASKED | {"access-control-request-method": method}, trust_env=False)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] in ("*", method)
    assert answer.headers["access-control-allow-headers"] == ASKED["access-control-request-headers"]
    assert answer.headers["access-control-max-age"] == "600"
    assert "access-control-request-headers" in answer.headers["vary"]


def test_every_answer_may_be_read(godwit: Server) -> None:
    api = godwit.api()
    app = api.post("/app", {"name": "Across"})
    published = api.post(f"/app/{app.json()['id']}/msg", {"eventType": "a.b", "payload": {}})
    assert published.status_code == 202
    answers = [app, published, api.get("/nothing/here"), api.post("/app", {}), api.delete(f"/app/{app.json()['id']}")]
    assert [answer.status_code for answer in answers] == [201, 202, 404, 422, 204]
    answers.append(httpx.get(f"{godwit.url}/api/v1/app", trust_env=False))
    answers.append(httpx.post(f"{godwit.url}/api/v1/app/a/msg", json={}, trust_env=False))
    assert [answer.status_code for answer in answers[5:]] == [401, 401]
    for answer in answers:
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert answer.headers["access-control-expose-headers"] == "*"


def test_options_alone_asks_nothing(godwit: Server) -> None:
    answer = httpx.options(f"{godwit.url}/api/v1/app", headers={"origin": "https://portal.example"}, trust_env=False)
    assert answer.status_code == 405
