"""A PostgreSQL of the tests' own, in a folder that goes with them, and a PgBouncer before it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .server import free_port, run
from .waiting import PATIENCE, until

USER = "godwit"


def programs() -> Path:
    """Of the newest version that is installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    assert versions, "PostgreSQL is not installed: run Scripts/setup --tests"
    return versions[-1]


class Cluster:
    """Trusts whoever comes to the database `postgres` and to those that tests make; user `locked` needs a password."""

    def __init__(self, *settings: str, inside: Sequence[str] = (), listen: str = "127.0.0.1") -> None:
        """`inside`: the program, with arguments, that starts what it consists of."""
        self._prepare(inside, listen)
        self._run("initdb", "--no-sync", "--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8")
        self.allow("host all locked all scram-sha-256", "host all,replication all all trust", "local all all trust")
        self.set(*self._place, "max_connections=100", *settings)

    def _prepare(self, inside: Sequence[str] = (), listen: str = "127.0.0.1") -> None:
        self._inside = inside
        self.host = listen
        self._bin = programs()
        # The server refuses to run as root, and reads nothing of a folder that its user may not enter.
        self._folder = Path(tempfile.mkdtemp(prefix="godwit-postgres-"))
        self._as: list[str] = [*inside]
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._as += ["runuser", "-u", "postgres", "--"]
        self.data = self._folder / "data"
        self.port = free_port()
        self._number = 0
        self._template: str | None = None
        self._place = [f"listen_addresses={listen}", f"port={self.port}", f"unix_socket_directories={self._folder}"]

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as, self._bin / program, "--pgdata", self.data, *arguments],
            cwd=self._folder,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=2 * PATIENCE,
        )

    def allow(self, *lines: str) -> None:
        """What `pg_hba.conf` says."""
        (self.data / "pg_hba.conf").write_text("\n".join(lines) + "\n")

    def set(self, *settings: str) -> None:
        """`name=value`, from the next start on."""
        lines = (f"{name} = '{value}'" for name, value in (setting.split("=", 1) for setting in settings))
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\n".join(lines) + "\n")

    def give(self, name: str, content: bytes) -> None:
        """A file that only the database may read."""
        path = self.data / name
        path.write_bytes(content)
        owner = self.data.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(0o600)

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    def start(self) -> "Cluster":
        self._run("pg_ctl", "--wait", "--silent", "--log", str(self._folder / "log"), "start")
        return self

    def stop(self, mode: str = "fast") -> None:
        """`fast` ends sessions, `immediate` is as a crash."""
        self._run("pg_ctl", "--wait", "--silent", "--mode", mode, "stop")

    def reload(self) -> None:
        """What `allow` and `set` said since the start."""
        self._run("pg_ctl", "--silent", "reload")

    def freeze(self) -> None:
        """It accepts connections, as the kernel does that for it, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        leader = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(leader, number)
        # Of a leader that is stopped, which begins no other. A session may end meanwhile.
        for process in map(int, Path(f"/proc/{leader}/task/{leader}/children").read_text().split()):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def close(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self._folder)

    def query(self, sql: str, database: str = "postgres") -> str:
        """One column, a row on each line."""
        asked = subprocess.run(
            [*self._inside, self._bin / "psql", "--no-psqlrc", "--tuples-only", "--no-align", "-c", sql, self.address(database)],
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        return asked.stdout.strip()

    def session(self, database: str) -> "Session":
        return Session([*self._inside, str(self._bin / "psql")], self.address(database))

    def address(self, database: str, user: str = USER, port: int | None = None) -> str:
        return f"postgres://{user}@{self.host}:{port or self.port}/{database}"

    def database(self, *options: str) -> str:
        """A new one, without tables."""
        self._number += 1
        name = f"test{self._number}"
        self.query(" ".join(["CREATE DATABASE", name, *options]))
        return name

    def database_with_tables(self) -> str:
        """A new one, as the first start of a server leaves it: copied, which is quicker."""
        if self._inside:
            # Only who is there as well reaches it.
            return self.database()
        if self._template is None:
            self._template = self.database()
            made = run("token", "--store", self.address(self._template), folder=self._folder)
            assert made.returncode == 0, made.stderr
        return self.database("TEMPLATE", self._template)

    def standby(self, *settings: str) -> "Standby":
        """Another one that follows this one, which runs; not started yet."""
        return Standby(self, *settings)


class Standby(Cluster):
    """Its name, for `synchronous_standby_names`, is `standby`."""

    def __init__(self, primary: Cluster, *settings: str) -> None:
        self._prepare()
        self._run("pg_basebackup", "--dbname", primary.address("postgres"), "--checkpoint", "fast", "--no-sync")
        self.set(*self._place, f"primary_conninfo={primary.address('postgres')}?application_name=standby", *settings)
        self.give("standby.signal", b"")

    def promote(self) -> None:
        """Returns when it can be written to."""
        self._run("pg_ctl", "--wait", "--silent", "promote")


class Session:
    """Of somebody else, in which transactions may be left open."""

    def __init__(self, program: list[str], address: str) -> None:
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"]
        self._process = subprocess.Popen(
            [*program, *options, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, sql: str) -> None:
        """Returns when it is done."""
        self._process.stdin.write(f"{sql};\n\\echo done\n")
        self._process.stdin.flush()
        said = []
        while (line := self._process.stdout.readline()) != "done\n":
            assert line, said
            said.append(line)

    def close(self) -> None:
        """What is open is undone."""
        self._process.kill()
        self._process.wait()


class Bouncer:
    """PgBouncer, which gives each transaction some session of few."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.port = free_port()
        folder.mkdir()
        folder.chmod(0o777)
        (folder / "users.txt").write_text(f'"{USER}" ""\n')
        (folder / "bouncer.ini").write_text(
            f"""[databases]
* = host=127.0.0.1 port={cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
auth_type = trust
auth_file = {folder}/users.txt
unix_socket_dir =
pool_mode = transaction
default_pool_size = 6
"""
        )
        user = ["--user", "postgres"] if os.geteuid() == 0 else []
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["/usr/sbin/pgbouncer", *user, str(folder / "bouncer.ini")], stdout=log, stderr=log, cwd=folder
            )
        until(lambda: "process up" in (folder / "log").read_text(), "PgBouncer is up")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
