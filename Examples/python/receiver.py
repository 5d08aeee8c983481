"""Receives webhooks with the standard library's HTTP server and `standardwebhooks`: verified, each booked once in SQLite.

    WEBHOOK_SECRET=whsec_… python receiver.py
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

# Bytes of a body. Past it: 413, and nothing of it is read.
MAX_BODY = 8 * 1024 * 1024


class Ledger:
    """What this program is for. Its file also remembers the webhooks, so that a booking and its record are one transaction."""

    def __init__(self, path: str) -> None:
        self._path = path
        with closing(self._connect()) as database:
            database.executescript(
                """
                PRAGMA journal_mode = WAL;
                CREATE TABLE IF NOT EXISTS processed_webhooks (id TEXT PRIMARY KEY, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
                CREATE TABLE IF NOT EXISTS payments (webhook TEXT NOT NULL, account TEXT NOT NULL, amount INTEGER NOT NULL);
                """
            )

    def _connect(self) -> sqlite3.Connection:
        # One connection for each request: they run on threads of their own. A writer waits up to 5 s for another one.
        return sqlite3.connect(self._path, timeout=5)

    def book(self, webhook: str, event: object) -> bool:
        """False for a duplicate. All or nothing: also when the process dies in the middle."""
        with closing(self._connect()) as database, database:
            # First of all the record: of two duplicates at once, the second waits here and then finds the first.
            if database.execute("INSERT OR IGNORE INTO processed_webhooks (id) VALUES (?)", (webhook,)).rowcount == 0:
                return False
            # A type that isn't known here is accepted and ignored, so that a sender's new types do no harm.
            if isinstance(event, dict) and event.get("type") == "invoice.paid":
                account, amount = event["data"]["account"], event["data"]["amount"]
                # SQLite would take anything: what the sum is made of has to be an integer.
                if not isinstance(account, str) or type(amount) is not int:
                    raise TypeError("account is a text, amount an integer")
                database.execute("INSERT INTO payments VALUES (?, ?, ?)", (webhook, account, amount))
            return True

    def balance(self, account: str) -> int:
        return self._number("SELECT COALESCE(SUM(amount), 0) FROM payments WHERE account = ?", account)

    def bookings(self, webhook: str) -> int:
        """0 or 1, or something is wrong."""
        return self._number("SELECT COUNT(*) FROM payments WHERE webhook = ?", webhook)

    def _number(self, sql: str, parameter: str) -> int:
        with closing(self._connect()) as database:
            return database.execute(sql, (parameter,)).fetchone()[0]


class Handler(BaseHTTPRequestHandler):
    server: "Server"
    protocol_version = "HTTP/1.1"
    # Seconds that a client may be silent, so that slow ones don't hold threads for ever.
    timeout = 30
    # The second of two small segments would wait for the first one's acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        if self.path != "/webhooks":
            self.close_connection = True  # Its body was not read.
            return self.answer(404)
        length = self.headers.get("content-length", "")
        if not length.isdecimal():
            self.close_connection = True
            return self.answer(411, "content-length is missing")
        if int(length) > MAX_BODY:
            self.close_connection = True
            return self.answer(413, "the body is too large")
        # The bytes as they came. Parsed and written again, they would be others, and no signature would match.
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            event = self.server.webhook.verify(body, headers)
        except json.JSONDecodeError:
            # The signature was right, what was signed isn't JSON: no attempt will ever succeed.
            return self.answer(422, "the body is not JSON")
        except Exception as error:
            # Not only WebhookVerificationError: on malformed headers, the library may fail in other ways.
            return self.answer(401, f"not verified: {error}")
        try:
            is_first = self.server.ledger.book(headers["webhook-id"], event)
        except (KeyError, TypeError, OverflowError) as error:
            return self.answer(422, f"the event can't be understood: {error}")
        except sqlite3.Error as error:
            print(f"the database: {error}", file=sys.stderr, flush=True)
            return self.answer(503, "try again")
        # A duplicate is a success too: any other answer would make it come again.
        self.answer(200, "processed" if is_first else "duplicate")

    def do_HEAD(self) -> None:
        self.answer(200)

    def do_GET(self) -> None:
        folder, _, name = self.path.rpartition("/")
        if folder == "/accounts":
            return self.answer(200, f"{self.server.ledger.balance(name)}\n")
        # For `godwit check --effects`. Not for production: it tells strangers what was received.
        if folder == "/effects":
            return self.answer(200, str(self.server.ledger.bookings(name)))
        self.answer(404)

    def answer(self, status: int, text: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # Connections that wait to be accepted; the usual 5 are few when a sender comes back after an outage.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], webhook: Webhook, ledger: Ledger) -> None:
        self.webhook = webhook
        self.ledger = ledger
        super().__init__(address, Handler)


def main() -> None:
    secret = os.environ.get("WEBHOOK_SECRET")
    if not secret:
        sys.exit("receiver.py: WEBHOOK_SECRET is missing: give it the endpoint's secret, whsec_…")
    try:
        webhook = Webhook(secret)
    except Exception as error:
        sys.exit(f"receiver.py: WEBHOOK_SECRET is not whsec_ and base64: {error}")
    port = os.environ.get("PORT") or "3002"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit("receiver.py: PORT must be a number from 1 to 65535")
    ledger = Ledger(os.environ.get("DATABASE") or "receiver.db")
    address = (os.environ.get("HOST") or "127.0.0.1", int(port))
    with Server(address, webhook, ledger) as server:
        print(f"listening on http://{address[0]}:{address[1]}/webhooks", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
