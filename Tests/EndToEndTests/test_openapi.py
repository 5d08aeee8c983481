"""The description that a server gives of itself: the one in the repository, on any machine, without a network."""

import re
import subprocess
import sys

import httpx
import pytest
import yaml

from harness.description import Description
from harness.server import ROOT, Server


def get(server: Server, path: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, server.url + path, trust_env=False)


def test_what_is_in_the_binary_is_what_is_in_the_repository(godwit: Server) -> None:
    answer = get(godwit, "/api/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == yaml.load((ROOT / "openapi.yaml").read_text(), yaml.CSafeLoader)
    checked = subprocess.run([sys.executable, ROOT / "Scripts/openapi", "--check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_the_page_needs_nothing_from_elsewhere(godwit: Server, path: str) -> None:
    page = get(godwit, path)
    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"""(?:src|href|action)=["'](?!api/v1/|#)|@import|\burl\(|https?://(?!example\.com)""", page.text) == []
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_root_leads_to_the_page(godwit: Server) -> None:
    answer = get(godwit, "/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")
    assert httpx.get(f"{godwit.url}/", follow_redirects=True, trust_env=False).status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/api/v1/openapi.json"])
def test_head_is_get_without_a_body_and_nothing_else_is_there(godwit: Server, path: str) -> None:
    head, whole = get(godwit, path, "HEAD"), get(godwit, path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    refused = get(godwit, path, "POST")
    assert refused.status_code == 405 and refused.json()["code"] == "method_not_allowed"


def test_every_operation_says_what_it_does() -> None:
    for path, item in Description.of_ours().document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                assert operation["summary"].strip().endswith("."), (method, path)
                assert operation["responses"] and operation["tags"], (method, path)


def test_no_comma_cuts_a_description_in_two() -> None:
    """In YAML's short form `{ description: this, that }` has a key `that`."""

    def look(value: object, place: str) -> None:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
            assert not (isinstance(key, str) and " " in key), f"{place}: {key!r}"
            look(item, f"{place}/{key}")

    look(Description.of_ours().document, "")
