"""Keep a secret out of everything that is shown."""

from __future__ import annotations

from typing import SupportsIndex


class Secret:
    """A text that is never shown: not by repr, str, format or pickle.

    ``reveal`` is the one way to it, so that a search for that word finds every use.
    """

    __slots__ = ("_reveal",)

    def __init__(self, text: str) -> None:
        # A closure, and not an attribute: a traceback that prints locals and attributes of
        # objects finds a function.
        def reveal() -> str:
            return text

        self._reveal = reveal

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._reveal()

    def __repr__(self) -> str:
        return "'***'"

    __str__ = __repr__

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return (Secret, ("***",))


class MaskedText(str):
    """A text that works as any other and shows as ``***``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[type[str], tuple[str]]:
        return (str, ("***",))


class MaskedBytes(bytes):
    """The bytes of a header's value that goes out as it is and shows as ``***``.

    ``httpx.Headers`` keeps bytes as they are and decodes them to print them, so this is masked
    wherever headers are printed or pickled. httpx itself masks two headers only, by name.
    """

    __slots__ = ()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> MaskedText:
        """Return the text, masked as well."""
        return MaskedText(super().decode(encoding, errors))

    def __repr__(self) -> str:
        return "b'***'"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[type[bytes], tuple[bytes]]:
        return (bytes, (b"***",))
