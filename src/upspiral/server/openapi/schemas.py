"""Which JSON schema does an answer have? That of its Struct, with the docstrings of its fields."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.inspect import (
    CollectionType,
    CustomType,
    DateTimeType,
    DictType,
    Field,
    StructType,
    TupleType,
    Type,
)
from msgspec.inspect import (
    UnionType as Alternatives,
)

REF = "#/components/schemas/{name}"
PAGE_NAME = re.compile(r"\bPage_(\w+?)_(?=\W|$)")
"""How msgspec names a `Page` of something; the document says `InteractionPage`."""


def split_union(kind: Any) -> tuple[Any, ...]:
    """Give the members of a union; a type that is none by itself.

    >>> split_union(int | str), split_union(int)
    ((<class 'int'>, <class 'str'>), (<class 'int'>,))
    """
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def answer_schemas(kinds: Iterable[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Give the schema of each answer, and the components that they refer to.

    An answer holds every field of its Struct, unless the Struct omits defaults, so all others are required.

    Args:
        kinds: What routes answer with: a Struct, a mapping, or a union of these.
    """
    wanted = list(kinds)
    members = [split_union(kind) for kind in wanted]
    flat = [member for several in members for member in several]
    schemas, components = msgspec.json.schema_components(flat, ref_template=REF)
    for struct in find_structs(flat):
        [reference], _ = msgspec.json.schema_components([struct.cls], ref_template=REF)
        _complete(components[reference["$ref"].rpartition("/")[2]], struct)
    found, renamed = iter(schemas), _rename_pages(components)
    made = [[_rename_pages(next(found)) for _ in several] for several in members]
    return [several[0] if len(several) == 1 else {"anyOf": several} for several in made], renamed


def simplify(schema: Any) -> Any:
    """Write schemas so that generators of clients make plain types of them, without changing what they allow.

    A tuple becomes a list of a fixed length, what may be null one schema with two types; titles that only
    repeat a name go.

    >>> simplify({"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "title": "Name"})
    {'type': ['string', 'null'], 'maxLength': 9}
    >>> simplify({"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False})
    {'items': {'anyOf': [{'type': 'string'}, {'type': 'integer'}]}}
    """
    if isinstance(schema, list):
        return [simplify(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: inner if _is_shown(name, inner) else simplify(inner) for name, inner in schema.items()}
    if isinstance(made.get("title"), str):
        del made["title"]
    if places := made.pop("prefixItems", None):
        kinds = [one for n, one in enumerate(places) if one not in places[:n]]
        made["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    match made.get("anyOf"):
        case [{"type": str() as kind} as only, {"type": "null"}] if not only.keys() & {"enum", "const"}:
            del made["anyOf"]
            made = {"type": [kind, "null"]} | {name: only[name] for name in only if name != "type"} | made
    return made


def _is_shown(name: str, inner: Any) -> bool:
    """Is it a list of example values? A field that is called so has a schema, which is no list."""
    return name == "examples" and isinstance(inner, list)


def find_structs(kinds: Iterable[Any]) -> list[StructType]:
    """Give every Struct that answers are made of, each once."""
    found: dict[Any, StructType] = {}
    waiting: list[Type] = [msgspec.inspect.type_info(kind) for kind in kinds]
    while waiting:
        one = waiting.pop()
        if isinstance(one, StructType):
            if one.cls in found:
                continue
            found[one.cls] = one
        waiting.extend(_inner_types(one))
    return list(found.values())


@cache
def field_docs(kind: Any) -> dict[str, str]:
    """Read the docstrings beneath the fields of a class and of those it inherits from.

    Args:
        kind: A Struct, or a generic one with its argument.
    """
    docs: dict[str, str] = {}
    for parent in reversed((get_origin(kind) or kind).__mro__):
        if parent is not Struct and issubclass(parent, Struct):
            docs |= _own_field_docs(parent)
    return docs


def _own_field_docs(kind: type) -> dict[str, str]:
    [found] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(found, ast.ClassDef)  # noqa: S101 - the source of a class is one
    docs = {}
    for before, after in zip(found.body, found.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(after, ast.Expr):
            value = after.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                docs[ast.unparse(before.target)] = inspect.cleandoc(value.value)
    return docs


def _inner_types(one: Type) -> Iterator[Type]:
    if isinstance(one, StructType):
        yield from (field.type for field in one.fields)
    elif isinstance(one, TupleType):
        yield from one.item_types
    elif isinstance(one, CollectionType):
        yield one.item_type
    elif isinstance(one, DictType):
        yield one.value_type
    elif isinstance(one, Alternatives):
        yield from one.types
    elif isinstance(one, CustomType):
        raise TypeError(f"{one.cls} has no JSON schema; answer with a Struct.")


def _is_always_there(struct: StructType, field: Field) -> bool:
    """Whether an answer holds a field even where it has its default."""
    has_default = field.default is not NODEFAULT or field.default_factory is not NODEFAULT
    kind = get_origin(struct.cls) or struct.cls
    return not (kind.__struct_config__.omit_defaults and has_default)


def _complete(schema: dict[str, Any], struct: StructType) -> None:
    """Say what msgspec does not know: what fields mean, that all are there, and which are moments."""
    schema["description"] = inspect.cleandoc(schema.get("description", ""))
    tag = [struct.tag_field] if struct.tag_field else []
    schema["required"] = [*tag, *(one.encode_name for one in struct.fields if _is_always_there(struct, one))]
    docs = field_docs(struct.cls)
    for field in struct.fields:
        own = schema["properties"][field.encode_name]
        own.pop("default", None)
        _mark_moments(own, field.type)
        if field.name in docs:
            own["description"] = docs[field.name]


def _mark_moments(schema: dict[str, Any], kind: Type) -> None:
    if isinstance(kind, DateTimeType):
        schema["format"] = "date-time"
    elif isinstance(kind, Alternatives) and any(isinstance(one, DateTimeType) for one in kind.types):
        for one in schema["anyOf"]:
            one |= {"format": "date-time"} if one.get("type") == "string" else {}


def _rename_pages(made: Any) -> Any:
    return msgspec.json.decode(PAGE_NAME.sub(r"\1Page", msgspec.json.encode(made).decode()))
