"""Any number of servers over one database."""

from pathlib import Path

from .database import Cluster
from .server import Server


class Nodes:
    """Each started by `node`."""

    def __init__(self, folder: Path, postgres: Cluster) -> None:
        self.folder = folder
        self.postgres = postgres
        self.database = postgres.database()
        self.address = postgres.address(self.database)
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
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'godwit' AND datname = current_database()"
        )

    def query(self, sql: str) -> str:
        return self.postgres.query(sql, self.database)

    def leases(self) -> int:
        """How many nodes are registered, alive or not."""
        return int(self.query("SELECT count(*) FROM godwit.nodes"))

    def close(self) -> None:
        for node in self.nodes:
            node.close()
