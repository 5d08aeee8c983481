"""How often a caller may ask, and what is not done here."""

from collections.abc import Callable

import pytest
from svix import Svix, SvixOptions
from svix.exceptions import HttpError

from harness.api import API
from harness.app import App
from harness.receiver import Receiver
from harness.server import Server, run
from harness.waiting import until

EVENT = {"eventType": "payment.approved", "payload": {}}


@pytest.fixture
def limited(serve: Callable[..., Server]) -> Server:
    return serve("--dev", GODWIT_API_RATE_LIMIT="5")


@pytest.mark.parametrize("publishes", [False, True])
def test_past_its_rate_a_caller_is_told_when_to_come_back(limited: Server, publishes: bool) -> None:
    api = limited.api()
    app = App.create(api)

    def ask(api: API):
        return api.post(f"{app.path}/msg", EVENT) if publishes else api.get(app.path)

    answers = [ask(api) for _ in range(40)]
    statuses = {answer.status_code for answer in answers}
    assert statuses == {202 if publishes else 200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "rate_limited"
    assert int(refused.headers["retry-after"]) >= 1
    # Others aren't held up: another organization, nor the application's own token.
    other = limited.api(limited.make_token("--org", "org_quiet"))
    assert other.get("/app").status_code == 200
    own = limited.api(limited.make_token("--app", app.id))
    assert own.get(app.path).status_code == 200
    # And after a while it goes on.
    until(lambda: ask(api).status_code < 300, "the caller may ask again")
    if publishes:
        accepted = sum(answer.status_code == 202 for answer in answers)
        until(lambda: api.get(f"{app.path}/msg").status_code == 200, "the caller may ask again")
        assert accepted < 40


def test_another_token_of_the_same_caller_is_the_same_caller(limited: Server) -> None:
    tokens = [limited.make_token() for _ in range(4)]
    answers = [limited.api(token).get("/app").status_code for token in tokens * 10]
    assert 429 in answers


def test_health_is_never_limited(limited: Server) -> None:
    api = limited.api()
    assert {api.get("/health").status_code for _ in range(30)} == {204}


def test_without_a_limit_there_is_none(api: API) -> None:
    assert {api.get("/app", limit=1).status_code for _ in range(200)} == {200}


@pytest.mark.parametrize("value", ["-1", "1.5", "many", "1000001"])
def test_a_limit_that_is_none_is_refused(tmp_path, value: str) -> None:
    ended = run("serve", f"--api-rate-limit={value}", folder=tmp_path)
    assert ended.returncode == 1 and "GODWIT_API_RATE_LIMIT" in ended.stderr


@pytest.mark.parametrize("value", ["hooks.example.com", "ftp://a.b", "https://", "https://a b", "https://a/?x=1"])
def test_a_place_for_pages_that_is_none_is_refused(tmp_path, value: str) -> None:
    ended = run("serve", "--public-url", value, folder=tmp_path)
    assert ended.returncode == 1 and "GODWIT_PUBLIC_URL" in ended.stderr


@pytest.mark.parametrize("name", ["throttleRate", "rateLimit"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_throttle_rate_has_two_names(api: API, name: str, method: str) -> None:
    def rates(shown: dict) -> tuple:
        return shown["throttleRate"], shown.get("rateLimit")

    app = App.create(api)
    endpoint = app.endpoint("http://127.0.0.1:9/")
    for path, body in ((app.path, {"name": "Shop"}), (endpoint.path, {"url": "http://127.0.0.1:9/"})):
        if method == "POST":
            made = api.post(path.rsplit("/", 1)[0], body | {name: 7})
            assert rates(made.json()) == (7, 7)
            path = f"{path.rsplit('/', 1)[0]}/{made.json()['id']}"
        else:
            assert rates(api.request(method, path, json=body | {name: 7}).json()) == (7, 7)
        assert rates(api.get(path).json()) == (7, 7)
        # The newer name counts when both are there.
        assert rates(api.patch(path, {"throttleRate": 9, "rateLimit": 8}).json()) == (9, 9)
        assert rates(api.patch(path, {name: None}).json()) == (None, None)
        for wrong in (0, 65_536, -1, "7", 1.5):
            assert api.patch(path, {name: wrong}).status_code == 422
        assert api.patch(path, {name: 65_535}).json()["throttleRate"] == 65_535


@pytest.mark.parametrize("name", ["throttleRate", "rateLimit"])
@pytest.mark.parametrize("of", ["application", "endpoint"])
def test_a_throttle_rate_is_kept(api: API, receiver: Receiver, name: str, of: str) -> None:
    rate, count = 10, 30
    app = App.create(api, **({name: rate} if of == "application" else {}))
    app.endpoint(receiver.url(), **({name: rate} if of == "endpoint" else {}))
    for number in range(count):
        app.publish({"n": number})
    times = sorted(delivery.at for delivery in receiver.wait_for_count(count))
    # The first second's worth may come at once; 10 % for the clocks.
    assert times[-1] - times[0] >= 0.9 * (count - rate) / rate


OUT_OF_SCOPE = [
    "/stream",
    "/stream/strm_1",
    "/stream/event-type",
    "/stream/strm_1/sink",
    "/stream/strm_1/sink/s_1/events",
    "/auth/stream-logout",
    "/auth/stream-portal-access/strm_1",
    "/auth/stream/strm_1/expire-all",
    "/auth/stream/strm_1/sink/s_1/poller/token",
    "/connector",
    "/connector/conn_1",
    "/app/shop/destination",
    "/app/shop/destination/d_1",
    "/app/shop/destination/d_1/secret/rotate",
    "/app/shop/autoconfig",
    "/app/shop/autoconfig/a_1/rotate",
]


@pytest.mark.parametrize("path", OUT_OF_SCOPE)
def test_what_is_out_of_scope_says_so(godwit: Server, api: API, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = api.request(method, path, **({"json": {}} if method in ("POST", "PUT", "PATCH") else {}))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), method
        assert "out of its scope" in answer.json()["detail"]
        assert API(godwit.url).request(method, path).status_code == 401
        assert API(godwit.url, "nonsense").request(method, path).status_code == 401


def test_ingest_is_out_of_scope_by_the_sdk(godwit: Server) -> None:
    svix = Svix(godwit.token, SvixOptions(server_url=godwit.url))
    for call in (
        svix.ingest.source.list,
        svix.streaming.stream.list,
        svix.connector.list,
        svix.authentication.stream_logout,
        lambda: svix.destination.list("shop"),
    ):
        with pytest.raises(HttpError) as refused:
            call()
        assert refused.value.status_code == 404
        assert "out of its scope" in refused.value.detail


def test_what_only_begins_like_it_is_just_nothing(godwit: Server, api: API) -> None:
    for path in ("/streams", "/connectors", "/nothing", "/app/shop/destinations"):
        for asked in (api, API(godwit.url)):
            answer = asked.get(path)
            assert answer.status_code == 404 and "scope" not in answer.json()["detail"]
