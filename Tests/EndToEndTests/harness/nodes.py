"""Any number of servers over one database."""

import threading
import time
from pathlib import Path

from .database import Cluster
from .server import Server


class Nodes:
    """Each started by `node`."""

    def __init__(self, folder: Path, postgres: Cluster) -> None:
        self.folder = folder
        self.postgres = postgres
        self.database = postgres.database_with_tables()
        self.address = postgres.address(self.database)
        self.nodes: list[Server] = []

    def node(self, *flags: str, **settings: str) -> Server:
        return self.prepared(*flags, **settings).start()

    def prepared(self, *flags: str, **settings: str) -> Server:
        """It isn't started yet."""
        folder = self.folder / f"node-{len(self.nodes)}"
        folder.mkdir()
        server = Server(folder, "--dev", *flags, **settings)
        server.store = self.address
        self.nodes.append(server)
        return server

    def pair(self, *flags: str, **settings: str) -> tuple[Server, Server]:
        return self.node(*flags, **settings), self.node(*flags, **settings)

    def break_connections(self) -> None:
        """All that servers have, whatever they are doing."""
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'godwit' AND datname = current_database()"
        )

    def query(self, sql: str) -> str:
        return self.postgres.query(sql, self.database)

    def leases(self) -> int:
        """How many nodes are registered, alive or not."""
        return int(self.query("SELECT count(*) FROM godwit.nodes"))

    def departures(self) -> "Departures":
        return Departures(self)

    def close(self) -> None:
        for node in self.nodes:
            node.close()


class Departures:
    """Looks which nodes are registered, again and again, until `close`."""

    def __init__(self, nodes: Nodes) -> None:
        # Of each lease that is gone: seconds from its last sign of life until all it held was taken over, to a quarter of a second.
        self.taken: dict[int, float] = {}
        self._nodes = nodes
        self._signs: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.2):
            listed = self._nodes.postgres.query(
                "SELECT lease || ' ' || extract(epoch FROM renewed_at) FROM godwit.nodes", self._nodes.database
            )
            living = {int(lease): float(sign) for lease, sign in (line.split(" ") for line in listed.splitlines())}
            for lease in self._signs.keys() - living.keys():
                self.taken[lease] = time.time() - self._signs.pop(lease)
            self._signs |= living
