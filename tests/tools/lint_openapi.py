#!/usr/bin/env python3
"""Lints an OpenAPI 3.1 document: its form, its references, and our own rules for an API.

usage: lint_openapi.py FILE|-
       lint_openapi.py --self-test

Our rules: every operation has a summary, a unique operationId, a success and an error answer, and
says who may call it; a change is never a GET; path parameters are declared, and only those; every
error is problem+json."""
import copy
import json
import re
import sys

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
TYPES = {"null", "boolean", "object", "array", "number", "string", "integer"}
TOP = {"openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs",
       "jsonSchemaDialect", "webhooks"}


def pointer(document, reference):
    """What a local reference leads to, or None."""
    at = document
    for word in reference[2:].split("/"):
        word = word.replace("~1", "/").replace("~0", "~")
        if not isinstance(at, dict) or word not in at:
            return None
        at = at[word]
    return at


def walk(node, path=""):
    """Every object of the document with its place."""
    stack = [(node, path)]
    while stack:
        node, path = stack.pop()
        if isinstance(node, dict):
            yield path, node
            stack += [(value, f"{path}/{key}") for key, value in node.items()]
        elif isinstance(node, list):
            stack += [(value, f"{path}/{i}") for i, value in enumerate(node)]


def follow(document, node):
    while isinstance(node, dict) and "$ref" in node:
        node = pointer(document, node["$ref"]) or {}
    return node if isinstance(node, dict) else {}


def lint_form(document):
    faults = []
    if not re.fullmatch(r"3\.1\.\d+", str(document.get("openapi"))):
        faults.append("openapi: not a 3.1 document")
    for word in ("title", "version"):
        if not isinstance(document.get("info", {}).get(word), str):
            faults.append(f"info.{word}: missing")
    faults += [f"{word}: not a field of OpenAPI" for word in document
               if word not in TOP and not word.startswith("x-")]
    if not document.get("paths"):
        faults.append("paths: none")
    return faults


def lint_references(document):
    """Each reference leads somewhere; each component is used; schemas use types that exist."""
    faults, used = [], set()
    for path, node in walk(document):
        reference = node.get("$ref")
        if isinstance(reference, str):
            used.add(reference)
            if not reference.startswith("#/") or pointer(document, reference) is None:
                faults.append(f"{path}: {reference} leads nowhere")
        kinds = node.get("type")
        if "/schema" in path and kinds is not None:
            listed = kinds if isinstance(kinds, list) else [kinds]
            if all(isinstance(kind, str) for kind in listed) and not set(listed) <= TYPES:
                faults.append(f"{path}: type {kinds}")
        if isinstance(node.get("required"), list) and isinstance(node.get("properties"), dict):
            faults += [f"{path}: requires '{word}', which it doesn't describe"
                       for word in node["required"] if word not in node["properties"]]
    for kind, parts in document.get("components", {}).items():
        if kind != "securitySchemes":
            faults += [f"components.{kind}.{name}: nobody uses it" for name in parts
                       if f"#/components/{kind}/{name}" not in used]
    return faults


def lint_answers(document, where, answers):
    faults = []
    if not any(code.startswith(("2", "3", "101")) for code in answers):
        faults.append(f"{where}: no answer for success")
    if not any(code.startswith(("4", "5")) or code == "default" for code in answers):
        faults.append(f"{where}: no answer for failure")
    for code, answer in answers.items():
        answer = follow(document, answer)
        if not answer.get("description"):
            faults.append(f"{where}: {code}: no description")
        content = answer.get("content")
        if (code.startswith(("4", "5")) or code == "default") and content is not None and \
                "application/problem+json" not in content:
            faults.append(f"{where}: {code}: an error that is no problem+json")
    return faults


def lint_operation(document, where, path, shared, operation, seen):
    faults = []
    name = operation.get("operationId")
    if not name or name in seen:
        faults.append(f"{where}: operationId missing or not unique ({name})")
    seen.add(name)
    if not operation.get("summary"):
        faults.append(f"{where}: no summary")
    if "security" not in operation and "security" not in document:
        faults.append(f"{where}: doesn't say who may call it")
    schemes = document.get("components", {}).get("securitySchemes", {})
    faults += [f"{where}: security scheme {scheme} isn't declared"
               for need in operation.get("security", ()) for scheme in need
               if scheme not in schemes]
    parameters = [follow(document, p) for p in shared + operation.get("parameters", [])]
    declared = {p.get("name") for p in parameters if p.get("in") == "path"}
    if declared != set(re.findall(r"{(\w+)}", path)):
        faults.append(f"{where}: path parameters are {sorted(map(str, declared))}")
    for p in parameters:
        if p.get("in") not in ("path", "query", "header", "cookie") or "schema" not in p:
            faults.append(f"{where}: parameter {p.get('name')}: 'in' or 'schema'")
        if p.get("in") == "path" and p.get("required") is not True:
            faults.append(f"{where}: path parameter {p.get('name')} must be required")
    if where.startswith("get ") and "requestBody" in operation:
        faults.append(f"{where}: a GET with a body")
    return faults + lint_answers(document, where, operation.get("responses", {}))


def lint(document):
    faults = lint_form(document) + lint_references(document)
    seen = set()
    for path, item in document.get("paths", {}).items():
        if not path.startswith("/"):
            faults.append(f"{path}: a path starts with /")
        for method, operation in item.items():
            if method in METHODS:
                faults += lint_operation(document, f"{method} {path}", path,
                                         item.get("parameters", []), operation, seen)
            elif method not in ("parameters", "summary", "description", "servers", "$ref"):
                faults.append(f"{path}: {method}: no such method")
    return faults


# --- the lint, linted ----------------------------------------------------------------------------

GOOD = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "security": [{"token": []}],
    "paths": {"/a/{id}": {"get": {
        "operationId": "getA", "summary": "an a",
        "parameters": [{"name": "id", "in": "path", "required": True,
                        "schema": {"type": "string"}}],
        "responses": {"200": {"description": "it", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/A"}}}},
                      "404": {"description": "none", "content": {
                          "application/problem+json": {"schema": {"type": "object"}}}}}}}},
    "components": {"schemas": {"A": {"type": "object", "required": ["x"],
                                     "properties": {"x": {"type": ["number", "null"]}}}},
                   "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}

BREAKS = [
    ("another version", ("openapi",), "3.0.3", "3.1"),
    ("an unknown field at the top", ("path",), {}, "not a field"),
    ("no title", ("info",), {"version": "1"}, "title"),
    ("a reference to nothing", ("components", "schemas"), {}, "leads nowhere"),
    ("a type that isn't one", ("components", "schemas", "A", "type"), "dict", "type dict"),
    ("a required field nobody describes", ("components", "schemas", "A", "required"), ["y"],
     "requires 'y'"),
    ("a schema nobody uses", ("components", "schemas", "B"), {}, "nobody uses"),
    ("no summary", ("paths", "/a/{id}", "get", "summary"), "", "summary"),
    ("a parameter of the path left out", ("paths", "/a/{id}", "get", "parameters"), [],
     "path parameters"),
    ("no success", ("paths", "/a/{id}", "get", "responses"), {"404": {"description": "none"}},
     "success"),
    ("no failure", ("paths", "/a/{id}", "get", "responses"), {"200": {"description": "it"}},
     "failure"),
    ("an error in plain JSON", ("paths", "/a/{id}", "get", "responses", "404", "content"),
     {"application/json": {}}, "problem+json"),
    ("a scheme nobody declared", ("paths", "/a/{id}", "get", "security"), [{"magic": []}], "magic"),
    ("a GET with a body", ("paths", "/a/{id}", "get", "requestBody"), {}, "with a body"),
    ("twice the same name", ("paths", "/b"), {"get": {
        "operationId": "getA", "summary": "b",
        "responses": {"200": {"description": "b"}, "default": {"description": "no"}}}}, "unique"),
]


def self_test():
    passed = failed = 0
    for why, place, value, words in [("nothing wrong", (), None, None), *BREAKS]:
        document = copy.deepcopy(GOOD)
        at = document
        for word in place[:-1]:
            at = at[word]
        if place:
            at[place[-1]] = value
        faults = lint(document)
        good = not faults if words is None else any(words in fault for fault in faults)
        passed, failed = passed + good, failed + (not good)
        if not good:
            print(f"self-test: {why}: got {faults}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main(words):
    if words == ["--self-test"]:
        return self_test()
    if len(words) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if words[0] == "-":
        text = sys.stdin.read()
    else:
        with open(words[0], encoding="utf-8") as file:
            text = file.read()
    faults = lint(json.loads(text))
    for fault in faults:
        print(fault)
    print(f"lint_openapi: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
