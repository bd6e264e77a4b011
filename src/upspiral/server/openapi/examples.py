"""What does an answer look like? One example for every field name, put together by the answer's type."""

from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec
from msgspec.inspect import (
    AnyType,
    BoolType,
    CollectionType,
    DateTimeType,
    DictType,
    EnumType,
    FloatType,
    IntType,
    LiteralType,
    NoneType,
    StructType,
    TupleType,
    Type,
    UnionType,
)

from upspiral.server.openapi.schemas import split_union

AT = "2026-01-05T12:00:00Z"
FIELDS: Mapping[str, Any] = {}
"""An example for every field whose type alone would say too little; it is used where the type allows it."""


def example_answer(kind: Any) -> Any:
    """Make an example of what a route answers with, as it looks after JSON.

    Args:
        kind: A Struct, a mapping, or a union of these, of which the first is shown.
    """
    return _example(msgspec.inspect.type_info(split_union(kind)[0]), "")


def _example(kind: Type, name: str) -> Any:
    if isinstance(kind, StructType):
        return {field.encode_name: _field(kind, field) for field in kind.fields}
    if isinstance(kind, UnionType):
        return _example(next(one for one in kind.types if not isinstance(one, NoneType)), name)
    if isinstance(kind, TupleType):
        return [_example(one, name) for one in kind.item_types]
    if isinstance(kind, CollectionType):
        return [_example(kind.item_type, name)]
    if isinstance(kind, DictType):
        return {"support": _example(kind.value_type, name)}
    return _scalar(kind)


def _field(struct: StructType, field: msgspec.inspect.Field) -> Any:
    if field.name in FIELDS and _fits(FIELDS[field.name], struct.cls, field.name):
        return FIELDS[field.name]
    default = None if field.default is msgspec.NODEFAULT else msgspec.to_builtins(field.default)
    return default or _example(field.type, field.name)


def _fits(value: Any, struct: Any, name: str) -> bool:
    try:
        msgspec.convert(value, get_type_hints(struct)[name])
    except (msgspec.ValidationError, TypeError):
        return False
    return True


def _scalar(kind: Type) -> Any:
    if isinstance(kind, EnumType):
        return next(iter(kind.cls)).value
    if isinstance(kind, LiteralType):
        return kind.values[0]
    simple: tuple[tuple[type[Type], Any], ...] = (
        (DateTimeType, AT),
        (BoolType, True),
        (IntType, 12),
        (FloatType, 0.5),
        (NoneType, None),
        (AnyType, {}),
    )
    return next((value for one, value in simple if isinstance(kind, one)), "text")
