"""Write plain data as YAML that readers of YAML 1.1 and of 1.2 understand alike."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import yaml

from pipeline.values import Json, is_array, is_object
from pipeline.yaml_reader import FLOAT, INTEGER, TAG


def render_yaml(value: Json) -> str:
    """Render plain data as YAML that readers of YAML 1.1 and of 1.2 understand alike."""
    writer = _YamlWriter()
    writer.write(value)
    return writer.finish()


class _Dumper(yaml.CSafeDumper):
    """The stock dumper, which quotes what YAML 1.1 would misread, and what only 1.2 would."""


for _name, _pattern in (("int", INTEGER), ("float", FLOAT)):
    # The stubs leave this method half typed.
    _Dumper.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
        TAG + _name, _pattern, list("-+.0123456789")
    )


class _YamlWriter:
    """Hands libyaml the events of a value one by one.

    The stock way there, through PyYAML's nodes, gives the same text and takes six times as long.
    """

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self._dumper: Any = _Dumper(self._stream, allow_unicode=True, width=100)
        # The keys of a document and many of its texts are the same few.
        self._texts: dict[str, Any] = {}
        self._emit: Callable[[Any], None] = self._dumper.emit
        self._emit(yaml.StreamStartEvent())
        self._emit(yaml.DocumentStartEvent(explicit=False))

    def finish(self) -> str:
        """Return what was written."""
        self._emit(yaml.DocumentEndEvent(explicit=False))
        self._emit(yaml.StreamEndEvent())
        return self._stream.getvalue()

    def write(self, value: Json) -> None:
        """Write a value and all that is in it."""
        if isinstance(value, str):
            self._emit(self._texts.get(value) or self._describe_text(value))
        elif is_object(value):
            self._emit(_MAPPING_START)
            for key, member in value.items():
                self.write(key)
                self.write(member)
            self._emit(_MAPPING_END)
        elif is_array(value):
            self._emit(_SEQUENCE_START)
            for item in value:
                self.write(item)
            self._emit(_SEQUENCE_END)
        else:
            node = self._dumper.represent_data(value)
            self._emit(self._describe(node.tag, node.value, node.style))

    def _describe_text(self, text: str) -> Any:
        event = self._describe(TAG + "str", text, "|" if "\n" in text else None)
        self._texts[text] = event
        return event

    def _describe(self, tag: str, text: str, style: str | None) -> Any:
        plain, quoted = (
            self._dumper.resolve(yaml.ScalarNode, text, implicit) == tag
            for implicit in ((True, False), (False, True))
        )
        return yaml.ScalarEvent(None, tag, (plain, quoted), text, style=style)


_MAPPING_START = yaml.MappingStartEvent(None, TAG + "map", True, flow_style=False)
_MAPPING_END = yaml.MappingEndEvent()
_SEQUENCE_START = yaml.SequenceStartEvent(None, TAG + "seq", True, flow_style=False)
_SEQUENCE_END = yaml.SequenceEndEvent()
