"""Network namespaces as hosts: a database, and nodes with one wire to it and another one to us. Needs root."""

import os
import subprocess
from pathlib import Path

import pytest

from .database import Cluster
from .nodes import Nodes
from .server import Server
from .waiting import PATIENCE


class Host:
    """Has nothing but its loopback, and ends with this process."""

    def __init__(self) -> None:
        script = "ip link set lo up && echo up && read _"
        self._process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        # No skipping: the promise is one of the product.
        if self._process.stdout.readline() != "up\n":
            pytest.fail("this machine gives no network namespace: it takes root, and iproute2 (Scripts/setup --tests)")
        self.number = self._process.pid
        self.inside = ["nsenter", f"--net=/proc/{self.number}/ns/net", "--"]

    def run(self, *command: str) -> None:
        command_of([*self.inside, *command])

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE)


class Network:
    """Each node has the address 10.214.N.2 on its wire to the database, and 10.213.N.2 on that to us."""

    def __init__(self, folder: Path, count: int) -> None:
        self.database = Host()
        self.hosts = [Host() for _ in range(count)]
        for number, host in enumerate(self.hosts):
            # Named by this process: another one may have some, too.
            outside = f"gw{os.getpid()}-{number}"
            command_of(["ip", "link", "add", outside, "type", "veth", "peer", "name", "front", "netns", str(host.number)])
            command_of(["ip", "address", "add", f"10.213.{number}.1/30", "dev", outside])
            command_of(["ip", "link", "set", outside, "up"])
            host.run("ip", "address", "add", f"10.213.{number}.2/30", "dev", "front")
            host.run("ip", "link", "set", "front", "up")
            host.run("ip", "route", "add", "default", "via", f"10.213.{number}.1")

            back = f"back{number}"
            self.database.run("ip", "link", "add", back, "type", "veth", "peer", "name", "back", "netns", str(host.number))
            self.database.run("ip", "address", "add", f"10.214.{number}.1/30", "dev", back)
            self.database.run("ip", "link", "set", back, "up")
            host.run("ip", "address", "add", f"10.214.{number}.2/30", "dev", "back")
            host.run("ip", "link", "set", "back", "up")
            # One address of the database for all.
            host.run("ip", "route", "add", "10.215.0.1/32", "via", f"10.214.{number}.1")
        self.database.run("ip", "address", "add", "10.215.0.1/32", "dev", "lo")
        # Where nodes find what runs here, whichever they are.
        self.outside = "10.213.0.1"
        self.postgres = Cluster("fsync=off", inside=self.database.inside, listen="10.215.0.1").start()
        self.nodes = Nodes(folder, self.postgres)

    def node(self) -> Server:
        number = len(self.nodes.nodes)
        node = self.nodes.prepared("--host", "0.0.0.0")
        node.address = f"10.213.{number}.2"
        node.inside = self.hosts[number].inside
        return node.start()

    def pull_the_plug(self, number: int) -> None:
        """Of a node's wire to the database. Whoever sends is told so."""
        self.database.run("ip", "link", "set", f"back{number}", "down")

    def put_the_plug_in(self, number: int) -> None:
        self.database.run("ip", "link", "set", f"back{number}", "up")

    def swallow(self, number: int) -> None:
        """All that goes between a node and the database: it is sent to an interface that isn't there. Nobody is told anything."""
        self.hosts[number].run(*neighbour("replace", f"10.214.{number}.1", "back"), *NOBODY)
        self.database.run(*neighbour("replace", f"10.214.{number}.2", f"back{number}"), *NOBODY)

    def let_through(self, number: int) -> None:
        self.hosts[number].run(*neighbour("del", f"10.214.{number}.1", "back"))
        self.database.run(*neighbour("del", f"10.214.{number}.2", f"back{number}"))

    def close(self) -> None:
        self.nodes.close()
        self.postgres.close()
        for host in [*self.hosts, self.database]:
            host.close()


# An address that no interface has.
NOBODY = ("lladdr", "02:00:00:00:00:99", "nud", "permanent")


def neighbour(verb: str, address: str, interface: str) -> list[str]:
    return ["ip", "neighbour", verb, address, "dev", interface]


def command_of(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, (command, done.stderr)
