"""`godwit verify` and `godwit sign`: against the reference library, and against signatures that Python makes on its own."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from standardwebhooks import Webhook, WebhookVerificationError

from harness.server import ROOT, run

NOW = 1_674_087_231
BODY = '{"id":"evt_1","type":"order.paid","webhookTimestamp":1674087231000,"name":"한글"}'
KEY = "a shared secret"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTORS = ROOT / "Tests/GodwitSignatureTests/Vectors/vectors.json"


def mac(content: str, key: bytes = KEY.encode(), digest: str = "sha256") -> bytes:
    return hmac.new(key, content.encode(), digest).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def vector(provider: str, headers: dict[str, str], secret: Any = None, **others: Any) -> dict[str, Any]:
    return {
        "id": f"{provider} {'valid' if others.get('expected_valid', True) else 'changed'}",
        "provider": provider,
        "scheme": "",
        "secret": {"type": "raw-utf8", "value": KEY} if secret is None else secret,
        "method": "POST",
        "url": None,
        "headers": headers,
        "body": {"encoding": "utf8", "value": BODY},
        "now": NOW,
        "tolerance_s": 300,
        "expected_valid": True,
        **others,
    }


def shared_secret_vectors() -> list[dict[str, Any]]:
    url = "https://example.com/hook?a=1"
    plain = {"tolerance_s": None}
    return [
        vector("calendly", {"Calendly-Webhook-Signature": f"t={NOW},v1={mac(f'{NOW}.{BODY}').hex()}"}),
        vector("workos", {"WorkOS-Signature": f"t={NOW}000, v1={mac(f'{NOW}000.{BODY}').hex()}"}),
        vector("vercel", {"x-vercel-signature": mac(BODY, digest="sha1").hex()}, **plain),
        vector("bitbucket", {"X-Hub-Signature": "sha256=" + mac(BODY).hex()}, **plain),
        vector("sentry", {"Sentry-Hook-Signature": mac(BODY).hex()}, **plain),
        vector("intercom", {"X-Hub-Signature": "sha1=" + mac(BODY, digest="sha1").hex()}, **plain),
        vector("razorpay", {"X-Razorpay-Signature": mac(BODY).hex()}, **plain),
        vector("lemonsqueezy", {"X-Signature": mac(BODY).hex()}, **plain),
        vector("asana/resthooks", {"X-Hook-Signature": mac(BODY).hex()}, **plain),
        vector("dropbox", {"X-Dropbox-Signature": mac(BODY).hex()}, **plain),
        vector("trello", {"X-Trello-Webhook": b64(mac(BODY + url, digest="sha1"))}, url=url, **plain),
        vector("twitter/x", {"x-twitter-webhooks-signature": "sha256=" + b64(mac(BODY))}, **plain),
        vector("github", {"X-Hub-Signature": "sha1=" + mac(BODY, digest="sha1").hex()}, **plain),
        vector("websub", {"X-Hub-Signature": "sha384=" + mac(BODY, digest="sha384").hex()}, **plain),
        vector("square", {"x-square-signature": b64(mac(url + BODY, digest="sha1"))}, url=url, **plain),
        vector("linear", {"Linear-Signature": mac(BODY).hex()}),
        vector("zoom", {"x-zm-request-timestamp": str(NOW), "x-zm-signature": "v0=" + mac(f"v0:{NOW}:{BODY}").hex()}),
        vector("slack", {"X-Slack-Request-Timestamp": str(NOW), "X-Slack-Signature": "v0=" + mac(f"v0:{NOW}:{BODY}").hex()}),
        vector("openai", standard(KEY.encode())),
    ]


def standard(key: bytes) -> dict[str, str]:
    signature = b64(mac(f"wh_1.{NOW}.{BODY}", key))
    return {"webhook-id": "wh_1", "webhook-timestamp": str(NOW), "webhook-signature": f"v1,{signature}"}


def jwt(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    message = b64url(json.dumps(header).encode()) + "." + b64url(json.dumps(claims).encode())
    return message + "." + b64url(sign(message.encode()))


def http_signature(alg: str, sign: Callable[[bytes], bytes]) -> dict[str, str]:
    digest = f"sha-256=:{b64(hashlib.sha256(BODY.encode()).digest())}:"
    parameters = f'("@method" "@authority" "@path" "@query" "content-digest");created={NOW};keyid="k";alg="{alg}"'
    base = "\n".join([
        '"@method": POST', '"@authority": example.com', '"@path": /hook', '"@query": ?a=1', f'"content-digest": {digest}',
        f'"@signature-params": {parameters}',
    ])
    return {"Content-Digest": digest, "Signature-Input": f"s={parameters}", "Signature": f"s=:{b64(sign(base.encode()))}:"}


def public_key_vectors() -> list[dict[str, Any]]:
    def spki(key: Any, kind: str = "spki-b64", **more: str) -> dict[str, str]:
        der = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return {"type": kind, "value": b64(der), **more}

    p256, p384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
    big, edwards = rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()

    def raw(key: ec.EllipticCurvePrivateKey, digest: hashes.HashAlgorithm, size: int) -> Callable[[bytes], bytes]:
        def sign(message: bytes) -> bytes:
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
            return r.to_bytes(size) + s.to_bytes(size)
        return sign

    def pkcs1(message: bytes) -> bytes:
        return big.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def pss(message: bytes) -> bytes:
        return big.sign(message, padding.PSS(padding.MGF1(hashes.SHA512()), 64), hashes.SHA512())

    plaid = jwt({"alg": "ES256", "kid": "k"}, {"iat": NOW, "request_body_sha256": hashlib.sha256(BODY.encode()).hexdigest()},
                raw(p256, hashes.SHA256(), 32))
    numbers = p256.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "kid": "k", "x": b64url(numbers.x.to_bytes(32)), "y": b64url(numbers.y.to_bytes(32))}
    signers = {
        "rsa-pss-sha512": (big, pss), "rsa-v1_5-sha256": (big, pkcs1), "ed25519": (edwards, edwards.sign),
        "ecdsa-p256-sha256": (p256, raw(p256, hashes.SHA256(), 32)), "ecdsa-p384-sha384": (p384, raw(p384, hashes.SHA384(), 48)),
    }
    vectors = [
        vector("rfc9421", http_signature(alg, sign), spki(key, alg=alg, keyid="k"), scheme=alg, url="https://Example.com:443/hook?a=1")
        for alg, (key, sign) in signers.items()
    ]
    bearer = jwt({"alg": "RS256"}, {"iat": NOW, "exp": NOW + 60}, pkcs1)
    return [
        *vectors,
        vector("plaid", {"Plaid-Verification": plaid}, {"type": "jwk", "value": jwk}),
        vector("google-pubsub", {"Authorization": f"Bearer {bearer}"}, spki(big, "rsa-spki-b64")),
        vector("sendgrid", {
            "X-Twilio-Email-Event-Webhook-Timestamp": str(NOW),
            "X-Twilio-Email-Event-Webhook-Signature": b64(p256.sign(f"{NOW}{BODY}".encode(), ec.ECDSA(hashes.SHA256()))),
        }, spki(p256), tolerance_s=None),
    ]


def tokens() -> list[dict[str, Any]]:
    none = {"tolerance_s": None}
    return [
        vector("telegram", {"X-Telegram-Bot-Api-Secret-Token": KEY}, **none),
        vector("gitlab", {"X-Gitlab-Token": KEY}, **none),
        vector("kakao", {"Authorization": f"KakaoAK {KEY}"}, **none),
    ]


def verify_vectors(folder: Path, vectors: list[dict[str, Any]]) -> str:
    file = folder / "vectors.json"
    file.write_text(json.dumps({"vectors": vectors}))
    made = run("verify", "--vectors", file, folder=folder)
    assert made.returncode == 0, made.stdout
    return made.stdout.splitlines()[-1]


def test_the_published_vectors_pass(tmp_path: Path) -> None:
    made = run("verify", "--vectors", VECTORS, folder=tmp_path)
    assert (made.returncode, made.stdout.splitlines()[-1]) == (0, "150 passed, 0 failed")


def test_signatures_made_by_python_verify_and_a_changed_body_does_not(tmp_path: Path) -> None:
    genuine = shared_secret_vectors() + public_key_vectors() + tokens()
    assert verify_vectors(tmp_path, genuine) == f"{len(genuine)} passed, 0 failed"
    # What doesn't cover the body stays valid.
    uncovered = {"telegram", "gitlab", "kakao", "google-pubsub"}
    changed = [
        {**one, "body": {"encoding": "utf8", "value": BODY + " "}, "expected_valid": one["provider"] in uncovered} for one in genuine
    ]
    assert verify_vectors(tmp_path, changed) == f"{len(changed)} passed, 0 failed"
    stale = [{**one, "now": NOW + 301, "expected_valid": False} for one in genuine if one["tolerance_s"] and one["provider"] != "google-pubsub"]
    assert verify_vectors(tmp_path, stale) == f"{len(stale)} passed, 0 failed"


def test_a_failed_vector_is_told_and_counts(tmp_path: Path) -> None:
    file = tmp_path / "v.json"
    file.write_text(json.dumps({"vectors": [{**shared_secret_vectors()[0], "expected_valid": False}]}))
    made = run("verify", "--vectors", file, folder=tmp_path)
    assert (made.returncode, made.stdout.splitlines()[-1]) == (1, "0 passed, 1 failed")
    assert "calendly" in made.stdout


@pytest.mark.parametrize("content", ["", "no json", "{}", '{"vectors": 1}', "3"])
def test_a_file_that_holds_no_vectors_is_wrong_usage(tmp_path: Path, content: str) -> None:
    (tmp_path / "v.json").write_text(content)
    assert run("verify", "--vectors", "v.json", folder=tmp_path).returncode == 64


def sign(folder: Path, *arguments: str) -> dict[str, str]:
    made = run("sign", *arguments, folder=folder)
    assert made.returncode == 0, made.stderr
    return dict(line.split(": ", 1) for line in made.stdout.splitlines())


def test_what_it_signs_the_reference_library_verifies(tmp_path: Path) -> None:
    headers = sign(tmp_path, "--secret", WHSEC, "--data", BODY)
    assert Webhook(WHSEC).verify(BODY, headers)["id"] == "evt_1"
    with pytest.raises(WebhookVerificationError):
        Webhook(WHSEC).verify(BODY + " ", headers)


def test_what_the_reference_library_signs_it_verifies(tmp_path: Path) -> None:
    import datetime

    at = datetime.datetime.now(tz=datetime.timezone.utc)
    signature = Webhook(WHSEC).sign("msg_1", at, BODY)
    flags = ["-H", "webhook-id: msg_1", "-H", f"webhook-timestamp: {int(at.timestamp())}", "-H", f"webhook-signature: {signature}"]
    made = run("verify", "--secret", WHSEC, *flags, "--data", BODY, "--output", "json", folder=tmp_path)
    answer = json.loads(made.stdout)
    assert (made.returncode, answer["verified"], answer["grade"], answer["id"]) == (0, True, "signature", "msg_1")
    refused = run("verify", "--secret", WHSEC, *flags, "--data", BODY + " ", "--output", "json", folder=tmp_path)
    answer = json.loads(refused.stdout)
    assert (refused.returncode, answer["reason"], answer["answer"]) == (1, "no-match", 401)
    late = run("verify", "--secret", WHSEC, *flags, "--data", BODY, "--at", str(int(time.time()) + 400), folder=tmp_path)
    assert (late.returncode, "timestamp-too-old" in late.stdout) == (1, True)


def test_what_proves_nothing_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    body = '{"eventType":"PAYMENT_STATUS_CHANGED","data":{"paymentKey":"pk"}}'
    made = run("verify", "--provider", "tosspayments", "--data", body, folder=tmp_path)
    assert (made.returncode, "GET /v1/payments/{paymentKey}" in made.stdout) == (2, True)
    payout = run("verify", "--provider", "tosspayments", "--data", '{"eventType":"payout.changed"}', folder=tmp_path)
    assert payout.returncode == 1


@pytest.mark.parametrize("flags", [
    ["--provider", "nobody"], ["--provider", "stripe", "--scheme", "v9", "--secret", "x"], ["--provider", "stripe"],
    ["--secret", "whsec_%"], ["--secret", ""], ["--secret-file", "absent"], ["--secret", WHSEC, "-H", "no colon"],
    ["--provider", "paypal", "--secret", "x"], ["--secret", WHSEC, "--tolerance", "soon"],
])
def test_wrong_usage_is_told_without_the_secret(tmp_path: Path, flags: list[str]) -> None:
    made = run("verify", *flags, "--data", "{}", folder=tmp_path)
    assert made.returncode == 64, made.stdout
    assert made.stderr.startswith("Error: ")


def test_the_page_of_providers_is_what_the_command_prints(tmp_path: Path) -> None:
    made = run("verify", "--providers", folder=tmp_path)
    assert (ROOT / "Docs/providers.md").read_text().endswith(made.stdout)


def test_the_throughput_is_measured_beside_the_reference_library(tmp_path: Path) -> None:
    python = ROOT / ".build/python/bin/python"
    made = run("bench", "verify", "--duration", "100ms", "--python", python, "--output", "json", folder=tmp_path)
    figures = json.loads(made.stdout)["verifiedPerSecond"]
    assert made.returncode == 0 and all(value > 0 for value in figures.values())
    assert set(figures) >= {"godwit v1", "godwit v1a"}
