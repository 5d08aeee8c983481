"""Makes what a store on SQLite holds older than it is. Identifiers carry their time, so they change."""

import sqlite3
from pathlib import Path

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DAY = 86_400


def older(id: str, days: int) -> str:
    """The identifier that the same thing had got so many days before."""
    prefix, text = id[:-27], id[-27:]
    number = 0
    for digit in text:
        number = number * 62 + DIGITS.index(digit)
    # Seconds are the first four of twenty bytes.
    number -= days * DAY << 128
    digits = ""
    for _ in range(27):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return prefix + digits


def age_messages(store: Path, days: int, *messages: str) -> list[str]:
    """With their deliveries and attempts; none named: all. While no server has the store. What waits is due when it was.

    Their new identifiers, in the order of the old ones."""
    keys, time = days * DAY << 31, days * DAY * 1000
    with sqlite3.connect(store) as file:
        file.create_function("older", 1, lambda id: older(id, days), deterministic=True)
        chosen = f"id IN ({','.join('?' * len(messages))})" if messages else "TRUE"
        of_chosen = f"message_key IN (SELECT key FROM messages WHERE {chosen})"
        file.execute(
            f"""UPDATE attempts SET message_key = message_key - {keys}, key = key - {keys}, id = older(id),
                started_at = started_at - {time} WHERE {of_chosen}""",
            messages,
        )
        file.execute(
            f"""UPDATE deliveries SET message_key = message_key - {keys}, finished_at = finished_at - {time}
                WHERE {of_chosen}""",
            messages,
        )
        file.execute(f"UPDATE message_labels SET message_key = message_key - {keys} WHERE {of_chosen}", messages)
        aged = file.execute(
            f"""UPDATE messages SET key = key - {keys}, id = older(id), created_at = created_at - {time},
                payload_expires_at = payload_expires_at - {time} WHERE {chosen}""",
            messages,
        )
        assert aged.rowcount == len(messages) or not messages
    file.close()
    return [older(message, days) for message in messages]
