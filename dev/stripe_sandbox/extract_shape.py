"""Write `shape.json`: the facts about Stripe's requests and objects that the sandbox and its tests go by.

    python -m dev.stripe_sandbox.extract_shape OPENAPI_FILE [OUTPUT]

OPENAPI_FILE is Stripe's published API description (`openapi/spec3.json` of github.com/stripe/openapi, plain or
gzipped). Only facts are kept: names, types, limits and allowed values. What changed between the description of
2023-08-16 and version 2026-10-28.endive, as far as it concerns a hosted deposit, is the overlay below.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).with_name("shape.json")

OPERATIONS = (
    ("post", "/v1/checkout/sessions"),
    ("get", "/v1/checkout/sessions"),
    ("get", "/v1/checkout/sessions/{session}"),
    ("post", "/v1/checkout/sessions/{session}/expire"),
    ("get", "/v1/payment_intents/{intent}"),
    ("get", "/v1/charges/{charge}"),
    ("post", "/v1/refunds"),
    ("get", "/v1/refunds"),
    ("get", "/v1/refunds/{refund}"),
    ("get", "/v1/events"),
    ("get", "/v1/events/{id}"),
    ("get", "/v1/disputes"),
    ("get", "/v1/disputes/{dispute}"),
    ("get", "/v1/balance_transactions"),
)
OBJECTS = ("checkout.session", "payment_intent", "charge", "refund", "event", "dispute", "balance_transaction")
#: What stands in `error` when a request is refused.
ERROR = "api_errors"

#: Parts of a request that Stripe knows and the sandbox does not act out. They are refused by name, never ignored.
NOT_SIMULATED = {
    "POST /v1/checkout/sessions": (
        "after_expiration", "allow_promotion_codes", "automatic_tax", "branding_settings", "consent_collection",
        "custom_fields", "custom_text", "customer", "customer_account", "customer_update", "discounts",
        "excluded_payment_method_types", "invoice_creation", "managed_payments", "name_collection",
        "optional_items", "origin_context", "payment_method_collection", "payment_method_configuration",
        "payment_method_data", "payment_method_options", "permissions", "redirect_on_completion", "return_url",
        "saved_payment_method_options", "setup_intent_data", "shipping_address_collection", "shipping_options",
        "subscription_data", "tax_id_collection", "wallet_options",
        "line_items.adjustable_quantity", "line_items.dynamic_tax_rates", "line_items.price",
        "line_items.tax_rates", "line_items.price_data.product", "line_items.price_data.recurring",
        "line_items.price_data.tax_behavior", "line_items.price_data.unit_amount_decimal",
        "line_items.price_data.product_data.images", "line_items.price_data.product_data.tax_code",
        "payment_intent_data.application_fee_amount", "payment_intent_data.capture_method",
        "payment_intent_data.on_behalf_of", "payment_intent_data.setup_future_usage",
        "payment_intent_data.shipping", "payment_intent_data.transfer_data", "payment_intent_data.transfer_group",
    ),
    "POST /v1/refunds": (
        "currency", "customer", "instructions_email", "origin", "refund_application_fee", "reverse_transfer",
    ),
    "GET /v1/payment_intents/{intent}": ("client_secret",),
    "GET /v1/balance_transactions": ("payout", "type"),
    "GET /v1/checkout/sessions": ("customer", "customer_details", "payment_link", "subscription"),
}  # fmt: skip

_WORD: dict[str, Any] = {"type": "string", "max": 5000}
_MOMENTS: dict[str, Any] = {
    "any": [
        {"type": "object", "fields": {name: {"type": "integer"} for name in ("gt", "gte", "lt", "lte")}},
        {"type": "integer"},
    ]
}
ADDED_PARAMETERS: dict[str, dict[str, Any]] = {
    "POST /v1/checkout/sessions": {
        "adaptive_pricing": {"type": "object", "fields": {"enabled": {"type": "boolean"}}},
        "allowed_payment_method_types": {"type": "array", "items": _WORD},
        "integration_identifier": _WORD,
        "ui_mode": {"type": "string", "enum": ["elements", "embedded_page", "form", "hosted_page"]},
        **{
            name: {"type": "object", "fields": {}}
            for name in (
                "branding_settings", "customer_account", "excluded_payment_method_types", "managed_payments",
                "name_collection", "optional_items", "origin_context", "payment_method_configuration",
                "payment_method_data", "permissions", "redirect_on_completion", "return_url",
                "saved_payment_method_options", "wallet_options",
            )
        },
    },
    "GET /v1/checkout/sessions": {
        "created": _MOMENTS,
        "status": {"type": "string", "enum": ["complete", "expired", "open"]},
    },
}  # fmt: skip
REMOVED_PARAMETERS = {"POST /v1/checkout/sessions": ("payment_method_types",)}

#: Answers: what newer versions no longer send, and what they send in addition.
REMOVED_FIELDS = {
    "checkout.session": ("shipping_details",),
    "payment_intent": ("invoice",),
    "charge": ("invoice",),
}
ADDED_FIELDS: dict[str, dict[str, Any]] = {
    "checkout.session": {
        "adaptive_pricing": {"types": ["object"], "nullable": True},
        "allowed_payment_method_types": {"types": ["array"], "nullable": True},
        "client_secret": {"types": ["string"], "nullable": True},
        "collected_information": {"types": ["object"], "nullable": True},
        "presentment_details": {"types": ["object"], "nullable": True},
        "ui_mode": {
            "types": ["string"],
            "nullable": True,
            "enum": ["elements", "embedded_page", "form", "hosted_page"],
        },
    },
}
ADDED_WORDS = {("dispute", "status"): ("prevented",)}


def extract(
    description: dict[str, Any],
    operations: tuple[tuple[str, str], ...] = OPERATIONS,
    objects: tuple[str, ...] = OBJECTS,
) -> dict[str, Any]:
    """The facts of `description` (an OpenAPI document) with the overlay applied, ready for `shape.json`."""
    return {
        "description": description["info"]["version"],
        "operations": {
            f"{method.upper()} {path}": _operation(description, method, path) for method, path in operations
        },
        "answers": {f"{method.upper()} {path}": _answer(description, method, path) for method, path in operations},
        "objects": {name: _object(description, name) for name in objects},
        "error": _object(description, ERROR),
    }


def _operation(description: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    name = f"{method.upper()} {path}"
    operation = description["paths"][path][method]
    if method == "post":
        body = next(iter(operation["requestBody"]["content"].values()))["schema"]
        node = _parameter(body)
    else:
        query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
        node = {"type": "object", "fields": {one["name"]: _parameter(one["schema"]) for one in query}}
    for gone in REMOVED_PARAMETERS.get(name, ()):
        del node["fields"][gone]
    node["fields"].update(ADDED_PARAMETERS.get(name, {}))
    for dotted in NOT_SIMULATED.get(name, ()):
        _mark_not_simulated(node, dotted.split("."))
    return node


def _answer(description: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """What a successful request is answered with: one object, or a list of them with fields of its own."""
    content = description["paths"][path][method]["responses"]["200"]["content"]
    schema = next(iter(content.values()))["schema"]
    if "$ref" in schema:
        return {"object": _name(schema)}
    return {"list": _name(schema["properties"]["data"]["items"]), "required": sorted(schema["required"])}


def _name(schema: dict[str, Any]) -> str:
    return str(schema["$ref"].rsplit("/", 1)[1])


def _mark_not_simulated(node: dict[str, Any], path: list[str]) -> None:
    node = node.get("items", node)
    if len(path) == 1:
        node["fields"][path[0]] = {"type": "not simulated"}
    else:
        _mark_not_simulated(node["fields"][path[0]], path[1:])


def _parameter(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        choices = [one for one in schema["anyOf"] if one.get("enum") != [""]]
        return _parameter(choices[0]) if len(choices) == 1 else {"any": [_parameter(one) for one in choices]}
    if schema["type"] == "array":
        return {"type": "array", "items": _parameter(schema["items"])}
    if schema["type"] == "object" and isinstance(schema.get("additionalProperties"), dict):
        return {"type": "map"}
    if schema["type"] == "object":
        fields = {name: _parameter(one) for name, one in sorted(schema.get("properties", {}).items())}
        required = sorted(schema.get("required", []))
        return {"type": "object", "fields": fields} | ({"required": required} if required else {})
    node: dict[str, Any] = {"type": schema["type"]}
    if "maxLength" in schema:
        node["max"] = schema["maxLength"]
    if "enum" in schema and not schema.get("x-stripeBypassValidation"):
        node["enum"] = sorted(schema["enum"])
    return node


def _object(description: dict[str, Any], name: str) -> dict[str, Any]:
    schemas = description["components"]["schemas"]
    schema = schemas[name]
    fields = {
        field: _answer_field(one, schemas)
        for field, one in sorted(schema["properties"].items())
        if field not in REMOVED_FIELDS.get(name, ())
    }
    fields.update(ADDED_FIELDS.get(name, {}))
    for (owner, field), words in ADDED_WORDS.items():
        if owner == name:
            fields[field]["enum"] = sorted({*fields[field].get("enum", ()), *words})
    return {"fields": dict(sorted(fields.items())), "required": sorted(schema.get("required", []))}


def _answer_field(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    choices = schema.get("anyOf", [schema])
    kinds = {_kind(one, schemas) for one in choices}
    node: dict[str, Any] = {"types": sorted(kinds)}
    if schema.get("nullable"):
        node["nullable"] = True
    if "enum" in schema and not schema.get("x-stripeBypassValidation"):
        node["enum"] = sorted(schema["enum"])
    return node


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    if "$ref" in schema:
        schema = schemas[_name(schema)]
    return str(schema.get("type", "object"))


def main(arguments: list[str]) -> int:
    """Read the description named in `arguments` and write the facts. Returns the exit status."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    source = Path(arguments[0])
    raw = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    target = Path(arguments[1]) if len(arguments) == 2 else OUTPUT
    target.write_text(json.dumps(extract(json.loads(raw)), indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
