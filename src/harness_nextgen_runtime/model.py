"""What all models share: decoding, encoding, unknown members, equality and repr.

A generated model states its fields and, in ``_decode``, how each is read; it is an attrs class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from attrs import define, field, fields

from harness_nextgen_runtime.decoding import Mismatch, json_object
from harness_nextgen_runtime.encoding import PLAIN_TYPES, encode
from harness_nextgen_runtime.unset import UNSET

V = TypeVar("V")
_ADDITIONAL = "additional_properties"


@define(eq=False, repr=False)
class MapModel(Generic[V]):  # noqa: PLW1641 - can be changed, so it has no hash
    """A JSON object whose members without a field of their own are all of one kind.

    They are in ``additional_properties``, and ``model["name"]`` reaches them too.
    """

    additional_properties: dict[str, V] = field(factory=dict[str, V], kw_only=True)

    _renamed: ClassVar[Mapping[str, str]] = {}
    """The names in JSON of the fields that have another name in Python."""
    # Both are found out when they are first needed, for each class of its own.
    _fields: ClassVar[dict[str, str] | None] = None
    _absent: ClassVar[dict[str, Any] | None] = None

    def __attrs_post_init__(self) -> None:
        # A copy that is made with other values, as by attrs.evolve, is not to share them.
        self.additional_properties = dict(self.additional_properties)

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Decode a JSON object.

        Members that have no field are kept. Raises Mismatch, with the JSON pointer, for a member
        of another kind than described and for a required one that is missing.
        """
        given = json_object(data)
        absent = cls._absent or cls._list_absent()
        members = absent | given
        new = object.__new__(cls)
        try:
            new._decode(members)
        except Mismatch as error:
            raise error.within(new._find_unread()) from None
        if len(members) == len(absent):
            new.additional_properties = {}
        else:
            rest = {name: value for name, value in given.items() if name not in absent}
            new.additional_properties = cls._decode_additional(rest)
        return new

    def to_dict(self) -> dict[str, Any]:
        """Encode as a JSON object of plain data: what is UNSET is left out, None is null."""
        encoded: dict[str, Any] = {}
        for name, attribute in self._list_fields().items():
            value = getattr(self, attribute)
            if value is not UNSET:
                encoded[name] = value if type(value) in PLAIN_TYPES else encode(value)
        for name, value in self.additional_properties.items():
            if name not in encoded:
                encoded[name] = encode(value)
        return encoded

    def _decode(self, members: dict[str, Any]) -> None:
        """Set the fields, in their order, from all members: one that is missing is UNSET.

        What is of the usual type is taken at once; everything else is left to a decoder.
        """

    @classmethod
    def _decode_additional(cls, members: dict[str, Any]) -> dict[str, V]:
        """Decode the members that have no field."""
        return members

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._absent = cls._fields = None

    @classmethod
    def _list_fields(cls) -> dict[str, str]:
        """Return the fields by their names in JSON, in their order."""
        if cls._fields is None:
            names = (one.name for one in fields(cls) if one.name != _ADDITIONAL)
            cls._fields = {cls._renamed.get(name, name): name for name in names}
        return cls._fields

    @classmethod
    def _list_absent(cls) -> dict[str, Any]:
        cls._absent = dict.fromkeys(cls._list_fields(), UNSET)
        return cls._absent

    def _find_unread(self) -> str:
        """Return the member at which decoding stopped: the first whose field is not set."""
        fields_by_name = self._list_fields()
        return next(name for name, field in fields_by_name.items() if not hasattr(self, field))

    def __getitem__(self, name: str) -> V:
        return self.additional_properties[name]

    def __setitem__(self, name: str, value: V) -> None:
        if attribute := self._list_fields().get(name):
            # It would be kept and never sent, since the field goes before it.
            raise KeyError(f"{name} has a field: set .{attribute}")
        self.additional_properties[name] = value

    def __delitem__(self, name: str) -> None:
        del self.additional_properties[name]

    def __contains__(self, name: object) -> bool:
        return name in self.additional_properties

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        attributes = (*self._list_fields().values(), _ADDITIONAL)
        return all(getattr(self, name) == getattr(other, name) for name in attributes)

    def __repr__(self) -> str:
        """Show what is set; also of a model whose decoding failed, as a traceback may ask for."""
        shown = [
            f"{name}={value!r}"
            for name in self._list_fields().values()
            if (value := getattr(self, name, UNSET)) is not UNSET
        ]
        if additional := getattr(self, _ADDITIONAL, None):
            shown.append(f"{_ADDITIONAL}={additional!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


@define(eq=False, repr=False)
class Model(MapModel[Any]):
    """A JSON object; members that its description does not list are kept as they are."""
