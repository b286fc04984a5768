#!/usr/bin/python3
"""Makes test input with Python's own json and cryptography.

  python_signer.py documents   lines for `tollgate tool verify --jsonl`: signed
                               as the first implementations of ETDI sign them;
                               ids begin with good/ or bad/
  python_signer.py canonical   lines for `tollgate tool canonicalize --jsonl`,
                               each with the `expected` bytes in base64

Exits with 3, saying so, when the package `cryptography` is not installed.
"""

import base64
import json
import random
import sys

NOW = 1764185000.25


def unsigned(number):
    size = (number.bit_length() + 7) // 8
    return base64.urlsafe_b64encode(number.to_bytes(size, "big")).rstrip(b"=").decode()


# What is seen, and what is not.
SEEN = 'abc XYZ09"\\/~\u00e9\u00df\u20ac\u4e2d\ufb33\U0001f600'
ALL = SEEN + "\u007f\n\t\u0001\u200b"


def random_text(rng, alphabet):
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(8)))


def random_number(rng):
    return rng.choice([
        rng.randrange(-1000, 1000),
        rng.randrange(-2**53, 2**53),
        rng.uniform(-1, 1),
        rng.uniform(-1, 1) * 10 ** rng.randrange(-30, 30),
        float(rng.randrange(-100, 100)),
        rng.choice([0.0, -0.0, 1e16, 1e15, 1e21, 1e-5, 1e-4, 1e-7, 5e-324, 1.7976931348623157e308]),
    ])


def random_value(rng, alphabet, depth=0):
    kind = rng.randrange(7 if depth < 4 else 5)
    if kind == 0:
        return random_text(rng, alphabet)
    if kind in (1, 2):
        return random_number(rng)
    if kind == 3:
        return rng.choice([True, False, None])
    if kind == 4:
        return random_text(rng, alphabet)
    if kind == 5:
        return [random_value(rng, alphabet, depth + 1) for _ in range(rng.randrange(5))]
    return {random_text(rng, alphabet): random_value(rng, alphabet, depth + 1) for _ in range(rng.randrange(5))}


class Signer:
    """The signing half of the first implementation."""

    def __init__(self, key):
        self.key = key

    def sign(self, payload, salt=None, kid="k1", algorithm="RS256", dumps=None):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        dumps = dumps or (lambda value: json.dumps(value, sort_keys=True))
        pss = padding.PSS(
            mgf=padding.MGF1(hashes.SHA256()),
            salt_length=padding.PSS.MAX_LENGTH if salt is None else salt)
        signature = self.key.sign(dumps(payload).encode("utf-8"), pss, hashes.SHA256())
        return {
            "payload": payload,
            "signature": base64.b64encode(signature).decode(),
            "algorithm": algorithm,
            "key_id": kid,
        }

    def sign_pkcs1(self, payload):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        message = json.dumps(payload, sort_keys=True).encode("utf-8")
        signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        document = self.sign(payload)
        document["signature"] = base64.b64encode(signature).decode()
        return document


def payload_of(definition, timestamp=NOW):
    return {"tool_definition": definition, "timestamp": timestamp, "version": "1.0"}


def make_documents():
    try:
        from cryptography.hazmat.primitives.asymmetric import rsa
    except ImportError:
        print("python3-cryptography is not installed")
        sys.exit(3)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": "k1", "n": unsigned(numbers.n), "e": unsigned(numbers.e)}
    signer = Signer(key)
    rng = random.Random(1)
    count = 0

    def emit(good, what, document, time=NOW, alg="PS256", **more):
        nonlocal count
        count += 1
        public = dict(jwk, alg=alg) if alg else jwk
        text = document if isinstance(document, str) else json.dumps(document)
        line = {
            "id": "%s/%d %s" % ("good" if good else "bad", count, what),
            "document": text,
            "publishers": [{"id": "acme", "jwks": {"keys": [public]}}],
            "time": time,
            "profile": "etdi-compat",
        }
        line.update(more)
        print(json.dumps(line))

    definition = {
        "name": "weather",
        "description": "Tells the weather in K\u00f6ln \u2600",
        "version": "1.0",
        "author": "unknown",
        "capabilities": ["net"],
        "parameters": {"city": {"type": "string"}},
        "security_requirements": {},
    }
    good = signer.sign(payload_of(definition))
    emit(True, "as it was made", good)
    for alg in ("PS256", "RS256", None):
        emit(True, "key for %s" % alg, good, alg=alg)
    for salt in (0, 20, 32, 64):
        emit(True, "salt of %d" % salt, signer.sign(payload_of(definition), salt=salt))
    emit(True, "written otherwise", json.dumps(good, indent=2, ensure_ascii=False))
    emit(True, "whole timestamp", signer.sign(payload_of(definition, 1764185000)))
    for i in range(150):
        made = dict(definition, parameters=random_value(rng, SEEN), extra=random_value(rng, SEEN))
        document = signer.sign(payload_of(made))
        emit(True, "random %d" % i, json.dumps(document, ensure_ascii=bool(i % 2)))
    emit(False, "strict profile", good, profile="strict")
    emit(False, "too old", good, time=NOW + 86401)
    emit(False, "from the future", good, time=NOW - 60)
    emit(True, "at its greatest age", signer.sign(payload_of(definition, 1764185000)), time=1764185000 + 86400)
    emit(False, "PKCS #1", signer.sign_pkcs1(payload_of(definition)))
    emit(False, "PKCS #1 and an RS256 key", signer.sign_pkcs1(payload_of(definition)), alg="RS256")
    emit(False, "label PS256", dict(good, algorithm="PS256"))
    emit(False, "label none", dict(good, algorithm="none"))
    emit(False, "other key id", dict(good, key_id="k2"))
    emit(False, "extra member", dict(good, extra=1))
    emit(False, "lax signature", dict(good, signature=good["signature"] + "\n"))
    emit(False, "no padding", dict(good, signature=good["signature"].rstrip("=")))
    emit(False, "compact separators",
         signer.sign(payload_of(definition),
                     dumps=lambda v: json.dumps(v, sort_keys=True, separators=(",", ":"))))
    emit(False, "not sorted",
         signer.sign(payload_of(definition), dumps=lambda v: json.dumps(v)))
    changed = json.loads(json.dumps(good))
    changed["payload"]["tool_definition"]["capabilities"].append("files")
    emit(False, "changed", changed)
    changed = json.loads(json.dumps(good))
    changed["payload"]["timestamp"] = 1764185000
    emit(False, "timestamp rounded", changed)
    float_for_int = dict(definition, parameters={"n": 1.0})
    signed = json.dumps(signer.sign(payload_of(float_for_int)))
    emit(True, "float", signed)
    emit(False, "float made whole", signed.replace('"n": 1.0', '"n": 1'))


def ecmascript(number):
    """RFC 8785 section 3.2.2.3, by way of repr."""
    if number == 0:
        return "0"
    number = float(number)
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + ("" if fraction == "0" else fraction)
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits + "0" * (point - len(digits))
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = point - 1
    rest = "." + digits[1:] if len(digits) > 1 else ""
    return sign + digits[0] + rest + "e" + ("+" if power > 0 else "-") + str(abs(power))


def canonical(value):
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return ecmascript(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"


def make_canonical():
    rng = random.Random(2)
    for i in range(2000):
        value = random_value(rng, ALL)
        text = json.dumps(value, ensure_ascii=bool(i % 2), indent=i % 3 or None)
        print(json.dumps({
            "id": i,
            "input_b64": base64.b64encode(text.encode()).decode(),
            "expected": base64.b64encode(canonical(value).encode()).decode(),
        }))


if __name__ == "__main__":
    {"documents": make_documents, "canonical": make_canonical}[sys.argv[1]]()
