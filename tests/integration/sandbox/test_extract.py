"""The facts are read from the description as they stand there, with the overlay of the newer version."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from dev.stripe_sandbox.extract_shape import OBJECTS, OPERATIONS, extract, main
from dev.stripe_sandbox.parameters import shape

PARAMETERS: dict[str, Any] = {
    "amount": {"type": "integer", "description": "words that are not kept"},
    "reason": {"type": "string", "maxLength": 5000, "enum": ["fraudulent", "duplicate"]},
    "metadata": {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, {"enum": [""]}]},
    "expand": {"type": "array", "items": {"type": "string", "maxLength": 5000}},
    **{
        name: {"type": "string"}
        for name in (
            "currency", "customer", "instructions_email", "origin", "refund_application_fee", "reverse_transfer",
        )
    },
}  # fmt: skip
ONE_REFUND = {"200": {"content": {"json": {"schema": {"$ref": "#/components/schemas/refund"}}}}}
DESCRIPTION: dict[str, Any] = {
    "info": {"version": "2023-08-16"},
    "paths": {
        "/v1/refunds": {
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "json": {
                                "schema": {
                                    "required": ["object", "data"],
                                    "properties": {"data": {"items": {"$ref": "#/components/schemas/refund"}}},
                                }
                            }
                        }
                    }
                }
            },
            "post": {
                "responses": ONE_REFUND,
                "requestBody": {
                    "content": {
                        "form": {"schema": {"type": "object", "properties": PARAMETERS, "required": ["amount"]}}
                    }
                },
            },
        },
        "/v1/refunds/{refund}": {
            "get": {
                "responses": ONE_REFUND,
                "parameters": [
                    {"in": "path", "name": "refund"},
                    {"in": "query", "name": "expand", "schema": PARAMETERS["expand"]},
                ],
            }
        },
    },
    "components": {
        "schemas": {
            "refund": {
                "required": ["id", "amount"],
                "properties": {
                    "id": {"type": "string"},
                    "amount": {"type": "integer"},
                    "charge": {
                        "anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/charge"}],
                        "nullable": True,
                    },
                    "status": {"type": "string", "enum": ["succeeded", "failed"]},
                },
            },
            "charge": {"type": "object"},
            "api_errors": {"required": ["type"], "properties": {"type": {"type": "string", "enum": ["api_error"]}}},
        }
    },
}


def test_only_facts_are_kept() -> None:
    operations = (("post", "/v1/refunds"), ("get", "/v1/refunds"), ("get", "/v1/refunds/{refund}"))
    facts = extract(DESCRIPTION, operations, ("refund",))
    create = facts["operations"]["POST /v1/refunds"]
    assert create["required"] == ["amount"]
    assert create["fields"]["amount"] == {"type": "integer"}
    assert create["fields"]["reason"] == {"type": "string", "max": 5000, "enum": ["duplicate", "fraudulent"]}
    assert create["fields"]["metadata"] == {"type": "map"}
    assert create["fields"]["currency"] == {"type": "not simulated"}
    assert list(facts["operations"]["GET /v1/refunds/{refund}"]["fields"]) == ["expand"]
    assert facts["answers"] == {
        "POST /v1/refunds": {"object": "refund"},
        "GET /v1/refunds": {"list": "refund", "required": ["data", "object"]},
        "GET /v1/refunds/{refund}": {"object": "refund"},
    }
    assert facts["error"] == {"fields": {"type": {"types": ["string"], "enum": ["api_error"]}}, "required": ["type"]}
    refund = facts["objects"]["refund"]
    assert refund["required"] == ["amount", "id"]
    assert refund["fields"]["charge"] == {"types": ["object", "string"], "nullable": True}
    assert refund["fields"]["status"] == {"types": ["string"], "enum": ["failed", "succeeded"]}


def test_the_kept_facts_cover_what_the_script_would_read() -> None:
    assert set(shape()["operations"]) == {f"{method.upper()} {path}" for method, path in OPERATIONS}
    assert set(shape()["answers"]) == set(shape()["operations"])
    assert set(shape()["objects"]) == set(OBJECTS)
    assert shape()["description"] == "2023-08-16"


def test_the_script_says_what_it_needs(tmp_path: Path, capsys: Any) -> None:
    assert main([]) == 2
    assert "OPENAPI_FILE" in capsys.readouterr().err
    packed = tmp_path / "spec.json.gz"
    packed.write_bytes(gzip.compress(json.dumps({"info": {}}).encode()))
    try:
        main([str(packed), str(tmp_path / "out.json")])
    except KeyError:
        assert not (tmp_path / "out.json").exists()
