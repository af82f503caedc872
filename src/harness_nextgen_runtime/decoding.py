"""Decode plain data, as JSON has it, into Python values: what fits is taken, the rest is named.

A decoder is a function that takes plain data and returns a value, or raises Mismatch. Generated
code puts decoders together: ``optional(list_of(text))``.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias, TypeGuard, TypeVar, overload
from uuid import UUID

from harness_nextgen_runtime.enums import OpenIntEnum, OpenStrEnum
from harness_nextgen_runtime.times import read_date, read_date_time
from harness_nextgen_runtime.unset import UNSET, Unset
from harness_nextgen_runtime.uuids import read_uuid

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
E = TypeVar("E", bound=Enum)
Decoder: TypeAlias = Callable[[object], T]

_SHOWN_TEXT = 40


class Mismatch(ValueError):
    """Data does not fit its description.

    ``pointer`` is the JSON pointer (RFC 6901) of what does not fit, empty for the data as a whole;
    ``expected`` says what belongs there and ``found`` what is there, by its kind: no more of the
    data is shown than the beginning of a text that is of the wrong form.
    """

    def __init__(self, expected: str, found: str, pointer: str = "") -> None:
        super().__init__(expected, found, pointer)
        self.expected = expected
        self.found = found
        self.pointer = pointer

    def __str__(self) -> str:
        return f"{self.pointer or 'the data'}: expected {self.expected}, found {self.found}"

    def within(self, step: str | int) -> Mismatch:
        """Return the same mismatch as seen from the object or list that has it at ``step``."""
        token = str(step).replace("~", "~0").replace("/", "~1")
        return Mismatch(self.expected, self.found, f"/{token}{self.pointer}")


def mismatch(expected: str, value: object) -> Mismatch:
    """Make the Mismatch of a value."""
    return Mismatch(expected, _name_kind(value))


# Decoders of what JSON has by itself.


def anything(value: object) -> Any:
    """Take any value that is there."""
    if value is UNSET:
        raise mismatch("a value", value)
    return value


def text(value: object) -> str:
    """Take a text."""
    if isinstance(value, str):
        return value
    raise mismatch("a text", value)


def boolean(value: object) -> bool:
    """Take true or false."""
    if isinstance(value, bool):
        return value
    raise mismatch("true or false", value)


def integer(value: object) -> int:
    """Take a whole number, also one that was written with a fraction of zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise mismatch("a whole number", value)


def number(value: object) -> float:
    """Take a number as it is: a whole one stays an int."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise mismatch("a number", value)


# The types of which values are taken as they are.
_PLAIN_TYPES: dict[Decoder[Any], type] = {text: str, boolean: bool, integer: int, number: float}


def json_object(value: object) -> dict[str, Any]:
    """Take an object, with its members as they are."""
    if type(value) is dict:
        return value  # pyright: ignore[reportUnknownVariableType]
    if _is_mapping(value):
        return dict(value)
    raise mismatch("an object", value)


# Decoders of texts that have a form.


def date(value: object) -> datetime.date:
    """Decode a full-date of RFC 3339."""
    return _read(value, read_date, "a date")


def date_time(value: object) -> datetime.datetime:
    """Decode a date-time of RFC 3339; it is encoded as the same text again."""
    return _read(value, read_date_time, "a date and time")


def uuid(value: object) -> UUID:
    """Decode a UUID; it is encoded as the same text again."""
    return _read(value, read_uuid, "a UUID")


# Decoders made of others.


def nullable(decode: Decoder[T]) -> Decoder[T | None]:
    """Take null too."""

    def decode_nullable(value: object) -> T | None:
        return None if value is None else decode(value)

    return decode_nullable


def omittable(decode: Decoder[T]) -> Decoder[T | Unset]:
    """Take a value that is not there too."""

    def decode_omittable(value: object) -> T | Unset:
        return UNSET if value is UNSET else decode(value)

    return decode_omittable


def optional(decode: Decoder[T]) -> Decoder[T | Unset | None]:
    """Take null and a value that is not there too."""

    def decode_optional(value: object) -> T | Unset | None:
        if value is UNSET:
            return UNSET
        return None if value is None else decode(value)

    return decode_optional


def list_of(decode: Decoder[T]) -> Decoder[list[T]]:
    """Decode each item of a list."""
    plain = _PLAIN_TYPES.get(decode)

    def decode_list(value: object) -> list[T]:
        if not isinstance(value, list):
            raise mismatch("a list", value)
        given: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        # The usual case, in half the time: plain values, which are taken as they are.
        for item in given:
            if type(item) is not plain:
                break
        else:
            return given.copy()
        items: list[T] = []
        try:
            for item in given:
                items.append(decode(item))
        except Mismatch as error:
            raise error.within(len(items)) from None
        return items

    return decode_list


def map_of(decode: Decoder[T]) -> Decoder[dict[str, T]]:
    """Decode each member of an object."""

    def decode_map(value: object) -> dict[str, T]:
        members: dict[str, T] = {}
        for name, member in json_object(value).items():
            try:
                members[name] = decode(member)
            except Mismatch as error:
                raise error.within(name) from None
        return members

    return decode_map


def constant(expected: T) -> Decoder[T]:
    """Take one value only; true is not 1."""

    def decode_constant(value: object) -> T:
        if value != expected or isinstance(value, bool) != isinstance(expected, bool):
            raise mismatch(json.dumps(expected, ensure_ascii=False), value)
        return expected

    return decode_constant


def enum_of(kind: type[E]) -> Decoder[E]:
    """Decode a member of an enum; a value that it does not list becomes an unknown member."""
    members, check = _list_members(kind), _choose_check(kind)

    def decode_enum(value: object) -> E:
        plain = check(value)
        return members[plain] if plain in members else kind(plain)

    return decode_enum


def enum_or_text(kind: type[E]) -> Decoder[E | str]:
    """Decode a member that an enum lists; any other text stays a text."""
    members = _list_members(kind)

    def decode_text(value: object) -> E | str:
        plain = value if type(value) is str else text(value)
        return members.get(plain, plain)

    return decode_text


@overload
def one_of(a: Decoder[T1], b: Decoder[T2], /) -> Decoder[T1 | T2]: ...
@overload
def one_of(a: Decoder[T1], b: Decoder[T2], c: Decoder[T3], /) -> Decoder[T1 | T2 | T3]: ...
@overload
def one_of(
    a: Decoder[T1], b: Decoder[T2], c: Decoder[T3], d: Decoder[T4], /
) -> Decoder[T1 | T2 | T3 | T4]: ...
@overload
def one_of(*decoders: Decoder[Any]) -> Decoder[Any]: ...


def one_of(*decoders: Decoder[Any]) -> Decoder[Any]:
    """Decode by the first decoder that takes the value.

    One that takes a value as unknown to an enum, its own or that of a model's field, comes after
    the others: so a field of one value tells models apart. When none takes the value, the mismatch
    is that of the one that came furthest into it.
    """

    def decode_one(value: object) -> Any:
        errors: list[Mismatch] = []
        doubtful: list[Any] = []
        for decode in decoders:
            try:
                decoded = decode(value)
            except Mismatch as error:
                errors.append(error)
                continue
            if _is_known(decoded):
                return decoded
            doubtful.append(decoded)
        if doubtful:
            return doubtful[0]
        furthest = max(errors, key=lambda error: error.pointer.count("/"))
        if furthest.pointer:
            raise furthest
        raise mismatch(" or ".join(dict.fromkeys(error.expected for error in errors)), value)

    return decode_one


def _list_members(kind: type[E]) -> dict[Any, E]:
    return {member.value: member for member in kind}


def _choose_check(kind: type[Enum]) -> Decoder[str | int]:
    return text if issubclass(kind, str) else integer


def _is_known(value: object) -> bool:
    """Tell whether enums list all their values, in a value itself or in the fields of a model."""
    fields = getattr(type(value), "__attrs_attrs__", ())
    members = [value, *(getattr(value, one.name) for one in fields)]
    return all(one.is_known for one in members if isinstance(one, OpenStrEnum | OpenIntEnum))


def _read(value: object, read: Callable[[str], T], expected: str) -> T:
    if isinstance(value, str):
        try:
            return read(value)
        except ValueError:
            shown = value if len(value) <= _SHOWN_TEXT else f"{value[:_SHOWN_TEXT]}…"
            raise Mismatch(expected, repr(shown)) from None
    raise mismatch(expected, value)


_KINDS: dict[type, str] = {
    Unset: "nothing",
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}


def _name_kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


# What fields are decoded by most often.
null = constant(None)
nullable_text = nullable(text)
nullable_integer = nullable(integer)
nullable_number = nullable(number)
nullable_boolean = nullable(boolean)
omittable_text = omittable(text)
omittable_integer = omittable(integer)
omittable_number = omittable(number)
omittable_boolean = omittable(boolean)
optional_text = optional(text)
optional_integer = optional(integer)
optional_number = optional(number)
optional_boolean = optional(boolean)
