"""`godwit compare`: small runs. What they measure here means little; that polling, long-polling and push are compared does."""

import json
from pathlib import Path

import pytest

from harness.server import run

SMALL = ("--clients", "2,5", "--intervals", "200ms,30s", "--duration", "1s", "--event-rate", "120")


def test_it_compares_in_numbers_and_in_a_page(tmp_path: Path) -> None:
    ended = run("compare", *SMALL, "--output", "json", "--html", "page.html", folder=tmp_path, patience=120)
    assert ended.returncode == 0, ended.stderr
    rows = {(row["method"], row["clients"]): row for row in json.loads(ended.stdout)["rows"]}
    for clients in (2, 5):
        push, often, seldom = (rows[name, clients] for name in ("push (webhook)", "poll 0.2 s", "poll 30 s"))
        assert (push["requests_per_event"], push["wasted_percent"]) == (1, 0)
        assert often["requests"] >= 4 * clients and often["wasted_percent"] > 0 and not often["calculated"]
        assert seldom["calculated"] and seldom["delay_p50_ms"] == 15_000
        for row in (push, often):
            assert row["events"] == row["events_seen"] > 0 and row["bytes"] > 0 and row["delay_p99_ms"] > 0
        assert push["delay_p50_ms"] < often["delay_p50_ms"]
    page = (tmp_path / "page.html").read_text()
    assert page.count("<svg") == 6 and "http://" not in page and "https://" not in page


def test_the_table_is_for_people(tmp_path: Path) -> None:
    ended = run("compare", *SMALL[2:], "--clients", "1", folder=tmp_path, patience=120)
    assert ended.returncode == 0, ended.stderr
    assert "push (webhook)" in ended.stdout and "poll 30 s *" in ended.stdout and "calculated" in ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--clients", "0"),
        ("--clients", "4001"),
        ("--clients", "many"),
        ("--clients", ""),
        ("--intervals", "50ms"),
        ("--intervals", "11m"),
        ("--duration", "400ms"),
        ("--event-rate", "0"),
        ("--event-rate", "6001"),
    ],
)
def test_wrong_usage_is_said(tmp_path: Path, arguments: tuple[str, str]) -> None:
    answer = run("compare", *arguments, folder=tmp_path)
    assert (answer.returncode, answer.stdout) == (64, "") and arguments[0] in answer.stderr
