"""A PostgreSQL of the tests' own, and any number of servers over one database of it."""

import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path

from .server import ROOT, Server


class Postgres:
    """Runs until it is closed, in a folder that is gone afterwards."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [ROOT / "Scripts/with-postgres", "sh", "-c", 'echo "$GODWIT_TEST_POSTGRES"; exec cat'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._address = self._process.stdout.readline().strip()
        assert self._address, "PostgreSQL did not start: run Scripts/setup --tests"
        self._numbers = count(1)

    def database(self) -> str:
        """The address of a fresh one."""
        name = f"e2e_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}", self._address)
        return self._address.removesuffix("postgres") + name

    def run(self, statement: str, address: str) -> str:
        binary = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))[-1]
        done = subprocess.run(
            [binary, address, "--quiet", "--no-align", "--tuples-only", "--command", statement], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


class Cluster:
    """Nodes over one database, each started by `node`."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self.folder = folder
        self.postgres = postgres
        self.address = postgres.database()
        self.nodes: list[Server] = []

    def node(self, *flags: str, **settings: str) -> Server:
        folder = self.folder / f"node-{len(self.nodes)}"
        folder.mkdir()
        server = Server(folder, "--dev", *flags, **settings)
        server.store = self.address
        self.nodes.append(server)
        return server.start()

    def pair(self, *flags: str, **settings: str) -> tuple[Server, Server]:
        return self.node(*flags, **settings), self.node(*flags, **settings)

    def break_connections(self) -> None:
        """All that servers have, whatever they are doing."""
        self.postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'godwit' AND datname = current_database()",
            self.address,
        )

    def leases(self) -> int:
        """How many nodes are registered, alive or not."""
        return int(self.postgres.run("SELECT count(*) FROM godwit.nodes", self.address))

    def close(self) -> None:
        for node in self.nodes:
            node.close()


Nodes = Callable[..., Server]
