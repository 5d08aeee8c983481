"""What the operations are tried on, and where each of them is registered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any

from svix import Svix, SvixOptions
from svix.api import MessageGetOptions
from svix.models import ApplicationIn, EndpointIn, EventTypeIn, MessageIn

from ..receiver import Receiver
from ..server import Server
from ..waiting import until

SCHEMA = {
    "1": {
        "type": "object",
        "properties": {"amount": {"type": "integer"}},
        "examples": [{"amount": 1}, {"amount": 2}],
    }
}


@dataclass
class World:
    server: Server
    receiver: Receiver
    svix: Svix = field(init=False)
    # One application with an endpoint that took two messages.
    app: str = field(init=False)
    endpoint: str = field(init=False)
    messages: list[str] = field(init=False)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.svix = self.client(self.server.token)
        self.event_type = self.name("sdk.paid")
        self.svix.event_type.create(EventTypeIn(name=self.event_type, description="A payment was made.", schemas=SCHEMA))
        self.app = self.svix.application.create(ApplicationIn(name="SDK", uid=self.name("shop"))).id
        self.endpoint = self.new_endpoint()
        self.messages = [self.publish(), self.publish()]

    def client(self, token: str) -> Svix:
        return Svix(token, SvixOptions(server_url=self.server.url))

    def name(self, beginning: str) -> str:
        return f"{beginning}-{next(self.numbers)}-{self.server.port}"

    def new_app(self) -> str:
        return self.svix.application.create(ApplicationIn(name="Another")).id

    def new_endpoint(self, app: str | None = None, **fields: Any) -> str:
        url = self.receiver.url(f"/{next(self.numbers)}")
        return self.svix.endpoint.create(app or self.app, EndpointIn(url=url, **fields)).id

    def publish(self, app: str | None = None, **fields: Any) -> str:
        """A message that was delivered."""
        body = MessageIn(event_type=self.event_type, payload={"amount": 15000}, **fields)
        message = self.svix.message.create(app or self.app, body).id
        self.attempt(message, app)
        return message

    def payload(self, message: str, app: str | None = None) -> Any:
        return self.svix.message.get(app or self.app, message, MessageGetOptions(with_content=True)).payload

    def attempt(self, message: str, app: str | None = None) -> str:
        return until(lambda: self.svix.message_attempt.list_by_msg(app or self.app, message).data, "it is attempted")[0].id

    def finished(self, task: str) -> Any:
        def done() -> Any:
            found = self.svix.background_task.get(task)
            return found if found.status.value == "finished" else None

        return until(done, "the task is finished")


# By the operation's name.
CALLS: dict[str, Callable[[World], object]] = {}


def drives(operation: str) -> Callable[[Callable[[World], object]], Callable[[World], object]]:
    def register(call: Callable[[World], object]) -> Callable[[World], object]:
        assert operation not in CALLS
        CALLS[operation] = call
        return call

    return register


def ago(**span: float) -> datetime:
    return datetime.now(timezone.utc) - timedelta(**span)
