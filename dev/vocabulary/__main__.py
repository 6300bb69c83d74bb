"""`python -m dev.vocabulary FILE`: write the small extract anew from a release of schema.org.

FILE is `schemaorg-current-https.jsonld` of a release (https://schema.org/docs/developers.html). The vocabulary is
licensed CC BY-SA 3.0 by its sponsors; the extract keeps names and what they may hold, and none of its words.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

EXTRACT = Path(__file__).with_name("schema_org.json")
#: What our pages use. A page that uses another type fails its test until the type stands here.
TYPES = (
    "Article", "BreadcrumbList", "CollectionPage", "EducationalOccupationalCredential", "HealthAndBeautyBusiness",
    "ImageObject", "ListItem", "Offer", "OpeningHoursSpecification", "Organization", "Person",
    "PostalAddress", "ProfilePage", "Service", "Thing", "WebPage", "WebSite",
)  # fmt: skip
ENUMERATIONS = ("DayOfWeek",)


def extract(vocabulary: dict[str, Any], types: tuple[str, ...], enumerations: tuple[str, ...]) -> dict[str, Any]:
    """Ancestors of each type, the properties that any of them may have with their ranges, members of enumerations.

    Raises KeyError for a type that schema.org does not know.
    """
    graph = {_name(node): node for node in vocabulary["@graph"]}
    parents = {name: _names(node, "rdfs:subClassOf") for name, node in graph.items() if _is(node, "rdfs:Class")}
    ancestors = {name: sorted(_above(name, parents)) for name in types}
    wanted = {*types, *(above for found in ancestors.values() for above in found)}
    properties = {
        name: {"of": sorted(set(domains) & wanted), "holds": _names(node, "schema:rangeIncludes")}
        for name, node in sorted(graph.items())
        if _is(node, "rdf:Property")
        and set(domains := _names(node, "schema:domainIncludes")) & wanted
        and "schema:supersededBy" not in node
    }
    return {
        "types": ancestors,
        "properties": properties,
        "members": {e: sorted(n for n, node in graph.items() if _is(node, f"schema:{e}")) for e in enumerations},
    }


def _above(name: str, parents: dict[str, list[str]]) -> set[str]:
    found = {name}
    for parent in parents[name]:
        found |= _above(parent, parents) if parent in parents else set()
    return found


def _name(node: dict[str, Any]) -> str:
    return str(node["@id"]).removeprefix("schema:")


def _names(node: dict[str, Any], key: str) -> list[str]:
    value = node.get(key, [])
    return sorted(_name(one) for one in (value if isinstance(value, list) else [value]))


def _is(node: dict[str, Any], kind: str) -> bool:
    given = node["@type"]
    return kind in (given if isinstance(given, list) else [given])


def main() -> int:
    """Write the extract."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    found = extract(json.loads(Path(sys.argv[1]).read_text()), TYPES, ENUMERATIONS)
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in found.pop("properties").items()]
    head = json.dumps({"source": "https://schema.org/, CC BY-SA 3.0", **found}, indent=1).removesuffix("\n}")
    EXTRACT.write_text(f'{head},\n "properties": {{\n' + ",\n".join(lines) + "\n }\n}\n")
    print(f"{EXTRACT.name}: {len(found['types'])} types, {len(lines)} properties")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
