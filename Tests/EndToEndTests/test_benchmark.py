"""The benchmark's commands: small runs of each. What they measure here means nothing; that they measure it does."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.command import Command
from harness.database import Cluster
from harness.server import free_port, run
from harness.waiting import until

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


def databases(postgres: Cluster) -> str:
    return postgres.query("SELECT count(*) FROM pg_database WHERE datname LIKE 'godwit_bench_%'")


def test_stores_are_compared_empty_and_filled(tmp_path: Path, postgres: Cluster) -> None:
    address = postgres.address("postgres")
    # Commits of so few connections are small: the database's part is large enough for the kernel's clock.
    size = ("--nodes", "2", "--stored", "1000", "--connections", "4", "--events", "800", "--warmup", "0s", "--output", "json")
    report = bench(tmp_path, "--store", address, *size)
    rows = {(row["store"], row["nodes"], row["stored_messages"]): row for row in report["stores"]}
    assert list(rows) == [
        (store, nodes, stored) for store, nodes in [("sqlite", 1), ("postgres", 2)] for stored in [0, 1000]
    ]
    for row in rows.values():
        assert (row["delivered"]["count"], row["delivered"]["lost"]) == (800, 0)
        assert row["database"]["bytes"] > 0
    assert rows["sqlite", 1, 0]["database"]["log_bytes_per_event"] is None
    assert rows["postgres", 2, 0]["database"]["log_bytes_per_event"] > 500
    # It runs on this machine.
    assert rows["postgres", 2, 1000]["cpu"]["database_us_per_event"] > 1
    assert [filled["messages"] for filled in report["filled"]] == [1000, 1000]
    assert [goal["name"] for goal in report["goals"]] == [
        "stored_ratio_sqlite",
        "stored_ratio_postgres_2",
    ]
    assert databases(postgres) == "0"


def test_lists_are_measured_on_postgresql(tmp_path: Path, postgres: Cluster) -> None:
    size = ("--messages", "1000", "--endpoints", "2", "--requests", "20", "--output", "json")
    report = bench(tmp_path, "api", *size, "--store", postgres.address("postgres"))
    assert (report["store"]["messages"], report["store"]["deliveries"]) == (1000, 2000)
    assert report["store"]["kind"].startswith("postgresql at 127.0.0.1")
    assert {found["name"]: found for found in report["lists"]}["messages"]["items_per_page"] > 10
    assert databases(postgres) == "0"


def test_whoever_interrupts_it_leaves_no_database(tmp_path: Path, postgres: Cluster) -> None:
    command = Command("bench", "api", "--store", postgres.address("postgres"), folder=tmp_path)
    until(lambda: databases(postgres) == "1", "the benchmark has made its database")
    command.interrupt()
    assert command.exit_code() == 130
    assert databases(postgres) == "0"


def test_a_store_that_it_cannot_have_is_told(tmp_path: Path, postgres: Cluster) -> None:
    postgres.query("CREATE ROLE humble LOGIN")
    ended = run("bench", *QUICK, "--store", postgres.address("postgres", "humble"), folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "ALTER ROLE humble CREATEDB" in ended.stderr
    nobody = f"postgres://godwit:secret@127.0.0.1:{free_port()}/postgres"
    ended = run("bench", *QUICK, "--store", nobody, folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "no database for the benchmark on 'postgres://127.0.0.1" in ended.stderr and "secret" not in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--store", "mysql://db/godwit"),
        ("--store", "sqlite:godwit.db"),
        ("--nodes", "2"),
        ("--store", "postgres://db/x", "--nodes", "0"),
        ("--store", "postgres://db/x", "--nodes", "65"),
        ("--store", "postgres://db/x", "--nodes", "1,,2"),
        ("--store", "postgres://db/x", "--nodes", "2,2"),
        ("--store", "sqlite", "--nodes", "1,2"),
        ("--stored", "999"),
        ("--stored", "10000001"),
        ("--rounds", "0"),
        ("--rounds", "21"),
        ("--stored", "1000", "--target", "http://127.0.0.1:1/"),
        ("--store", "postgres://db/x", "--", "--store", "sqlite:x.db"),
        ("api", "--store", "mysql://db/godwit"),
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
