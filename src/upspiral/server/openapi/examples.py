"""What does an answer look like? Put together by its type, from one table of examples of fields."""

from typing import Any, NewType, get_args, get_origin, get_type_hints

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

from upspiral.server.openapi.example_fields import FIELDS, IDS
from upspiral.server.openapi.schemas import split_union

AT = "2026-01-05T12:00:00Z"


def example_answer(kind: Any) -> Any:
    """Make an example of what a route answers with, as it looks after JSON.

    Args:
        kind: A Struct, a mapping, or a union of these, of which the first is shown.
    """
    return _example(msgspec.inspect.type_info(split_union(kind)[0]), "")


def _example(kind: Type, name: str) -> Any:
    if isinstance(kind, StructType):
        tag = {kind.tag_field: kind.tag} if kind.tag_field else {}
        return tag | {field.encode_name: _field(kind, field) for field in kind.fields}
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
    hint = get_type_hints(get_origin(struct.cls) or struct.cls)[field.name]
    ident = _id(hint)
    if ident is not None:
        return ident
    if field.name in FIELDS and _fits(FIELDS[field.name], hint):
        return FIELDS[field.name]
    default = None if field.default is msgspec.NODEFAULT else msgspec.to_builtins(field.default)
    return default or _example(field.type, field.name)


def _id(hint: Any) -> Any:
    """Give an example of a field that holds an id, or several; None where it holds none."""
    if isinstance(hint, NewType):
        return IDS.get(hint.__name__)
    inner = [found for one in get_args(hint) if (found := _id(one)) is not None]
    if not inner or get_origin(hint) is dict:
        return None
    return inner if get_origin(hint) in (list, tuple) else inner[0]


def _fits(value: Any, hint: Any) -> bool:
    try:
        msgspec.convert(value, hint)
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
