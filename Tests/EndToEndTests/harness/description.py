"""openapi.yaml, and whether an answer is one that it describes."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import yaml

from .server import ROOT

PLACE = "urn:description"


class Description:
    """An OpenAPI 3.1 document. Operations are found by method and path."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = _without_extensions(document)
        self._paths = {tuple(path.strip("/").split("/")): item for path, item in self.document["paths"].items()}
        self._registry = jsonschema_rs.Registry([(PLACE, self.document)])
        self.validator = cache(self._validator)

    @classmethod
    def of_sdk(cls, path: Path) -> "Description":
        """The SDK's is OpenAPI 3.0 in its use of `nullable`."""
        return cls(json.loads(path.read_text()))

    @classmethod
    def of_ours(cls) -> "Description":
        return cls(yaml.load((ROOT / "openapi.yaml").read_text(), yaml.CSafeLoader))

    def operations(self) -> dict[str, tuple[str, str]]:
        return {
            operation["operationId"]: (method.upper(), path)
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if method in ("get", "head", "post", "put", "patch", "delete")
        }

    def find(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation that answers; a literal segment is preferred to a parameter."""
        segments = path.split("?")[0].strip("/").split("/")
        found = [
            (sum(part.startswith("{") for part in pattern), item)
            for pattern, item in self._paths.items()
            if len(pattern) == len(segments) and all(p.startswith("{") or p == s for p, s in zip(pattern, segments))
        ]
        return min(found, key=lambda each: each[0])[1].get(method.lower()) if found else None

    def complaint(self, method: str, path: str, status: int, content_type: str, body: bytes) -> str | None:
        """What is wrong with the answer, or nothing. Nothing is said of paths that aren't described."""
        operation = self.find(method, path)
        if operation is None:
            return None
        where = f"{method} {path} → {status}"
        responses = operation["responses"]
        response = self._resolved(responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default"))
        if response is None:
            return f"{where}: this status is not described"
        if str(status) not in responses and status < 400:
            return f"{where}: a success that is not described"
        content = response.get("content")
        if not content or method == "HEAD":
            return f"{where}: a body that is not described: {body[:200]!r}" if body else None
        media = content.get(content_type.split(";")[0])
        if media is None:
            return f"{where}: {content_type or 'no type'} is not described"
        if not content_type.startswith("application/json") or "schema" not in media:
            return None
        errors = list(self.validator(json.dumps(media["schema"])).iter_errors(json.loads(body)))
        if not errors:
            return None
        return f"{where}: " + "; ".join(f"{error.instance_path}: {error.message[:300]}" for error in errors[:3])

    def _resolved(self, value: Any) -> Any:
        while isinstance(value, dict) and "$ref" in value:
            target: Any = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            value = target
        return value

    def _validator(self, schema: str) -> Any:
        return jsonschema_rs.Draft202012Validator(
            json.loads(schema.replace('"#/', f'"{PLACE}#/')), registry=self._registry, validate_formats=True
        )


_ours = cache(Description.of_ours)


def hold_to_description(request: httpx.Request, response: httpx.Response) -> None:
    complaint = _ours().complaint(
        request.method,
        request.url.path,
        response.status_code,
        response.headers.get("content-type", ""),
        response.content,
    )
    assert complaint is None, f"openapi.yaml doesn't say so: {complaint}"


def _without_extensions(value: Any) -> Any:
    """`nullable: true` as JSON Schema says it, and no `x-…`."""
    if isinstance(value, list):
        return [_without_extensions(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: _without_extensions(item) for key, item in value.items() if not (isinstance(key, str) and key.startswith("x-"))}
    if value.get("nullable") is True:
        rest = {key: item for key, item in value.items() if key != "nullable"}
        return {"anyOf": [rest, {"type": "null"}]}
    return value
