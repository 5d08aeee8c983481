"""The commands: what they print, how they fail, with which exit code."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from harness.server import Server, free_port, run
from harness.waiting import until


def test_token_prints_one_line_and_nothing_else(tmp_path: Path) -> None:
    made = run("token", "--store", f"sqlite:{tmp_path}/new.db", folder=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", made.stdout)


def test_a_token_that_was_made_before_the_first_start_is_good(tmp_path: Path) -> None:
    server = Server(tmp_path, "--dev")
    token = server.make_token()
    server.start()
    assert server.api(token).get("/app").status_code == 200
    server.close()


def test_a_token_made_beside_a_running_server_is_good_at_once(godwit: Server) -> None:
    assert godwit.api(godwit.make_token()).get("/app").status_code == 200


def test_with_a_secret_in_the_environment_no_store_is_needed(serve: Callable[..., Server], tmp_path: Path) -> None:
    secret = {"GODWIT_JWT_SECRET": "one-secret-for-both-0123456789"}
    server = serve("--dev", **secret)
    made = run("token", folder=tmp_path, **secret)
    assert made.returncode == 0
    assert server.api(made.stdout.strip()).get("/app").status_code == 200
    assert [file for file in tmp_path.iterdir() if file.is_file()] == []


def test_dev_prints_what_to_try_with_a_token_that_works(serve: Callable[..., Server]) -> None:
    server = serve("--dev")
    # It may go to a pipe or a file, and has to be there while the server runs.
    welcome = until((server.folder / "stdout.log").read_text, "the welcome is printed", patience=5)
    [token] = re.findall(r"^export TOKEN=(\S+)$", welcome, re.MULTILINE)
    assert server.api(token).get("/app").status_code == 200
    assert welcome.count("curl ") == 3
    assert f"{server.url}/api/v1/app" in welcome


def test_without_dev_nothing_is_printed(strict: Server) -> None:
    assert (strict.folder / "stdout.log").read_text() == ""


def test_the_store_is_for_its_owner_only(godwit: Server) -> None:
    files = list(godwit.folder.glob("godwit.db*"))
    assert len(files) >= 2
    assert {file.stat().st_mode & 0o077 for file in files} == {0}


def test_demo_delivers_and_verifies_everything(tmp_path: Path) -> None:
    shown = run("demo", folder=tmp_path, TMPDIR=str(tmp_path))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.count("signature verified") >= 8
    assert "REFUSED" not in shown.stdout
    assert "attempt 2" in shown.stdout, "a retry is shown"
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_every_command_explains_itself(tmp_path: Path) -> None:
    overview = run("--help", folder=tmp_path)
    assert overview.returncode == 0
    commands = re.findall(r"^  (\w[\w-]*) ", overview.stdout.split("SUBCOMMANDS:")[1].split("\n\n")[0], re.MULTILINE)
    assert {"serve", "token", "demo", "bench"} <= set(commands)
    for command in commands:
        shown = run(command, "--help", folder=tmp_path)
        assert (shown.returncode, shown.stderr) == (0, ""), command
        assert "OVERVIEW:" in shown.stdout and f"USAGE: godwit {command}" in shown.stdout


def test_the_version_is_one_number(tmp_path: Path) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run("--version", folder=tmp_path).stdout)


def test_every_setting_of_the_table_is_a_flag_or_a_secret(tmp_path: Path) -> None:
    table = run("settings", folder=tmp_path).stdout
    rows = [row.split(" | ") for row in table.splitlines() if row.startswith("| ") and "`GODWIT_" in row]
    assert len(rows) >= 14
    flags = run("serve", "--help", folder=tmp_path).stdout
    for flag, variable, *_ in rows:
        name = re.search(r"`GODWIT_(\w+)`", variable)[1].lower().replace("_", "-")
        assert f"--{name}" in flags or flag == "| none", name


@pytest.mark.parametrize(
    "arguments", [("serve", "--nonsense"), ("nonsense",), ("serve", "--port"), ("serve", "word"), ("token", "--nonsense")]
)
def test_wrong_usage_exits_with_64(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments, folder=tmp_path)
    assert ended.returncode == 64
    assert ended.stderr.startswith("Error: ")


@pytest.mark.parametrize(
    ("flags", "mentions"),
    [
        (("--retry-schedule", "5x"), "GODWIT_RETRY_SCHEDULE"),
        (("--retry-schedule", "5s,,5s"), "GODWIT_RETRY_SCHEDULE"),
        (("--port", "99999"), "GODWIT_PORT"),
        (("--port", "http"), "GODWIT_PORT"),
        (("--store", "mysql://x"), "GODWIT_STORE"),
        (("--store", "sqlite:"), "GODWIT_STORE"),
        (("--request-timeout", "1ms"), "GODWIT_REQUEST_TIMEOUT"),
        (("--allow-subnets", "10.0.0.0/33"), "GODWIT_ALLOW_SUBNETS"),
        (("--log-level", "loud"), "GODWIT_LOG_LEVEL"),
        (("--endpoint-concurrency", "0"), "GODWIT_ENDPOINT_CONCURRENCY"),
        (("--retention-days", "0"), "GODWIT_RETENTION_DAYS"),
        (("--retention-days", "3651"), "GODWIT_RETENTION_DAYS"),
        (("--retention-days", "30d"), "GODWIT_RETENTION_DAYS"),
        (("--storage-limit", "9MB"), "GODWIT_STORAGE_LIMIT"),
        (("--storage-limit", "1001TB"), "GODWIT_STORAGE_LIMIT"),
        (("--storage-limit", "99999999999999999TB"), "GODWIT_STORAGE_LIMIT"),
        (("--storage-limit", "20"), "GODWIT_STORAGE_LIMIT"),
        (("--storage-limit", "20GB", "--store", "postgres://127.0.0.1:1/none"), "retention-days"),
        (("--config", "missing.yaml"), "missing.yaml"),
        (("--host", "999.1.1.1"), "999.1.1.1"),
        (("--tls-ca-file", "missing.pem"), "missing.pem"),
    ],
)
def test_a_setting_that_can_not_be_is_refused_by_name(tmp_path: Path, flags: tuple[str, ...], mentions: str) -> None:
    store = () if "--store" in flags else ("--store", f"sqlite:{tmp_path}/godwit.db")
    port = () if "--port" in flags else ("--port", str(free_port()))
    refused(run("serve", *store, *port, *flags, folder=tmp_path), mentions)


@pytest.mark.parametrize(
    ("settings", "mentions"),
    [
        ({"GODWIT_PORT": "x"}, "GODWIT_PORT"),
        ({"GODWIT_DEV": "perhaps"}, "GODWIT_DEV"),
    ],
)
def test_a_variable_that_can_not_be_is_refused_by_name(tmp_path: Path, settings: dict[str, str], mentions: str) -> None:
    ended = run("serve", folder=tmp_path, **settings)
    refused(ended, mentions)


def test_a_variable_that_is_no_setting_is_warned_about(serve: Callable[..., Server]) -> None:
    server = serve("--dev", GODWIT_RETRY_SHEDULE="5s")
    assert "GODWIT_RETRY_SHEDULE" in server.log


def test_a_short_token_secret_works_and_is_warned_about(serve: Callable[..., Server]) -> None:
    server = serve("--dev", GODWIT_JWT_SECRET="tiny")
    assert server.api().get("/app").status_code == 200
    assert "jwt-secret is short" in server.log and "tiny" not in server.log


def test_a_settings_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "godwit.yaml").write_text("port: [1\n")
    refused(run("serve", folder=tmp_path), "godwit.yaml")


def test_flags_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    by_file, by_variable, by_flag = (free_port() for _ in range(3))
    (tmp_path / "godwit.yaml").write_text(f"port: {by_file}\nretry-schedule: 1s,2s\nlog-level: warning\n")
    server = SettingsServer(tmp_path, port=by_file).start()
    server.close()
    server = SettingsServer(tmp_path, port=by_variable, GODWIT_PORT=str(by_variable)).start()
    server.close()
    server = SettingsServer(tmp_path, "--port", str(by_flag), port=by_flag, GODWIT_PORT=str(by_variable)).start()
    server.close()
    assert server.log == "", "log-level of the file counts"


def test_a_port_that_is_taken_is_said_with_the_way_out(godwit: Server, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path}/godwit.db"
    refused(run("serve", "--store", store, "--port", str(godwit.port), folder=tmp_path), "--port")
    assert godwit.answers()


def test_two_servers_do_not_share_a_store(godwit: Server, tmp_path: Path) -> None:
    refused(
        run("serve", "--store", godwit.store, "--port", str(free_port()), folder=tmp_path), "in use by another godwit server"
    )
    assert godwit.answers()


def test_another_name_of_a_store_is_the_same_store(godwit: Server, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(godwit.store.removeprefix("sqlite:"))
    store = f"sqlite:{tmp_path}/link.db"
    refused(run("serve", "--store", store, "--port", str(free_port()), folder=tmp_path), "in use by another godwit server")


@pytest.mark.parametrize("command", ["serve", "token"])
@pytest.mark.parametrize("place", ["missing/godwit.db", "file/godwit.db", "folder", "garbage.db", "/sys/godwit.db"])
def test_a_store_that_can_not_be_used_is_said_in_one_line(tmp_path: Path, command: str, place: str) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    (tmp_path / "folder").mkdir()
    garbage = b"this is not a database, whatever its name says" * 100
    (tmp_path / "garbage.db").write_bytes(garbage)
    port = ("--port", str(free_port())) if command == "serve" else ()
    refused(run(command, "--store", f"sqlite:{tmp_path / place}", *port, folder=tmp_path), place.split("/")[-1])
    assert (tmp_path / "garbage.db").read_bytes() == garbage


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
    before = (tmp_path / "other.db").read_bytes()
    refused(run("serve", "--store", f"sqlite:{tmp_path}/other.db", "--port", str(free_port()), folder=tmp_path), "other.db")
    assert (tmp_path / "other.db").read_bytes() == before


class SettingsServer(Server):
    """Gets its port from wherever the test says."""

    @property
    def command(self) -> list[str]:
        return [part for part in super().command if part not in ("--port", str(self.port))] + (
            ["--port", str(self.port)] if "--port" in self.flags else []
        )


def refused(ended: CompletedProcess[str], mentions: str) -> None:
    """Exit code 1, and one line that says why."""
    assert ended.returncode == 1, (ended.returncode, ended.stdout, ended.stderr)
    complaints = [line for line in ended.stderr.splitlines() if line.startswith("godwit: ")]
    assert len(complaints) == 1, ended.stderr
    assert mentions in complaints[0]
    assert len(complaints[0]) < 500
    assert "Fatal error" not in ended.stderr


def test_the_page_of_all_settings_is_what_the_program_knows(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "Docs" / "settings.md"
    assert run("settings", folder=tmp_path).stdout == page.read_text()
