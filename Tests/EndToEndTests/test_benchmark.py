"""The benchmark's commands: small runs of each. What they measure here means nothing; that they measure it does."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.server import run

QUICK = ("--duration", "500ms", "--warmup", "200ms", "--output", "json")


def bench(folder: Path, *arguments: str) -> dict[str, Any]:
    ended = run("bench", *arguments, folder=folder, patience=100)
    # A busy machine may miss a goal; that is no failure of the command.
    assert ended.returncode in (0, 1), ended.stderr
    report = json.loads(ended.stdout)
    assert report.get("verdict", "met") == "met" or ended.returncode == 1
    assert report["problems"] == [], report
    return report


@pytest.mark.parametrize("name", [(), ("deliver",)])
def test_without_a_subcommand_it_delivers(tmp_path: Path, name: tuple[str, ...]) -> None:
    report = bench(tmp_path, *name, *QUICK, "--rate", "50", "--endpoints", "2", "--", "--endpoint-concurrency", "8")
    assert report["settings"]["rate_per_s"] == 50
    assert report["accepted"]["count"] == 25
    assert (report["delivered"]["count"], report["delivered"]["lost"]) == (50, 0)


def test_isolation_measures_the_healthy_with_and_without_the_sick(tmp_path: Path) -> None:
    size = ("--endpoints", "10", "--applications", "2", "--hanging-percent", "40", "--request-timeout", "300ms")
    report = bench(tmp_path, "isolation", *QUICK, *size, "--rate", "40")
    assert report["settings"]["hanging_endpoints"] == 4
    for side in ("without_sick", "with_sick"):
        # Three of each application's five.
        assert (report[side]["accepted"]["count"], report[side]["delivered"]["count"]) == (20, 60)
        assert report[side]["delivered"]["lost"] == 0
    assert report["with_sick"]["attempts_that_hung"] > 0
    assert [goal["name"] for goal in report["goals"]] == ["throughput_ratio", "p99_ratio"]
    assert all(goal["measured"] > 0 for goal in report["goals"])


def test_backlog_drains_retries_that_are_all_due(tmp_path: Path) -> None:
    report = bench(tmp_path, "backlog", *QUICK, "--retries", "200", "--endpoints", "4")
    drain = report["drain"]
    assert drain["retries_due"] >= 200 and drain["drained"] == drain["retries_due"]
    assert drain["per_s"] > 0 and drain["server_peak_bytes"] > 1 << 20
    assert report["first_attempts"]["delivered"]["count"] > 0
    assert [goal["name"] for goal in report["goals"]] == ["drain_ratio", "memory_mb"]


def test_api_measures_every_list_in_a_store_that_it_fills(tmp_path: Path) -> None:
    report = bench(tmp_path, "api", "--messages", "2000", "--endpoints", "3", "--requests", "20", "--output", "json")
    store = report["store"]
    assert (store["messages"], store["deliveries"]) == (2000, 6000) and store["attempts"] > 6000
    lists = {found["name"]: found for found in report["lists"]}
    assert all(found["requests"] == 20 and found["p99_ms"] >= found["p50_ms"] > 0 for found in lists.values())
    assert lists["messages"]["items_per_page"] > 10
    assert lists["messages of an endpoint, status 2"]["items_per_page"] > 0
    assert lists["attempts of an endpoint, status 3"]["items_per_page"] > 0
    assert lists["messages, a channel of no message"]["items_per_page"] == 0
    assert [goal["name"] for goal in report["goals"]] == ["slowest_p99_ms"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("api", "--messages", "999"),
        ("api", "--requests", "19"),
        ("--rate", "0"),
        ("--endpoints", "65"),
        ("--duration", "2h"),
        ("isolation", "--endpoints", "2001"),
        ("isolation", "--applications", "201"),
        ("isolation", "--hanging-percent", "91"),
        ("isolation", "--applications", "1", "--endpoints", "4"),
        ("isolation", "--request-timeout", "2m"),
        ("isolation", "--", "--request-timeout", "1s"),
        ("backlog", "--retries", "99"),
        ("backlog", "--retries", "10000001"),
        ("backlog", "--", "--retry-schedule=1s"),
    ],
    ids=" ".join,
)
def test_what_it_does_not_take_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = run("bench", *arguments, folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (64, "")
    assert arguments[-2].split("=")[0] in ended.stderr or arguments[-1].split("=")[0] in ended.stderr
