"""The kinds of edits, and how each meets the programs of callers: the policy of the comparison.

What narrows the requests that are accepted breaks, and so does what lets an answer be what a
program cannot have been written for: another type, null, nothing. What stays within the type that
a program knows, such as one more value of an enum, is dangerous. Widening requests and narrowing
answers is compatible.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.diff.change import Direction, Severity

_OK, _RISK, _BREAK = Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What an edit does by the direction that holds it, and what a caller sees of it there.

    In the texts, ``{symbol}`` is the Python name that is touched, ``{name}`` what was edited, and
    ``{argument}`` what Python calls a parameter.
    """

    request: Severity
    response: Severity
    sent: str = ""
    """What happens to a caller who sends it."""
    read: str = ""
    """What happens to a caller who reads it."""

    def judge(self, direction: Direction) -> Severity:
        """Return how bad the edit is in requests or responses."""
        return self.request if direction == "request" else self.response


_REFUSED = "A request that was right may be refused with 400."
_SAME = "Nothing: what was right stays right."
_UNSEEN = "Nothing: what is read stays what it was."
_UNKNOWN = "Code that handles every value it knows meets one that it does not."


def _both(severity: Severity, text: str) -> Rule:
    return Rule(severity, severity, text, text)


RULES: dict[str, Rule] = {
    # Operations
    "operation-added": _both(_OK, "Nothing: {symbol} can be called from now on."),
    "operation-removed": _both(
        _BREAK, "A call of {symbol} fails: the server has no such operation."
    ),
    "operation-moved": _both(
        _BREAK, "A program with the old client calls an address that is not there any more."
    ),
    "method-renamed": _both(_BREAK, "A call of {symbol} is an AttributeError."),
    "operation-id-changed": _both(_BREAK, "The function of the operation has another name."),
    "tag-changed": _both(_BREAK, "The module of the operation has another name."),
    "tags-changed": _both(_OK, _SAME),
    "deprecated": _both(_OK, "Nothing yet: look for what replaces it."),
    "undeprecated": _both(_OK, _SAME),
    "wording": _both(_OK, _SAME),
    "extension-changed": _both(_OK, _SAME),
    "unknown-changed": _both(_RISK, "What this keyword means to the server is not known here."),
    "webhook-added": _both(_OK, _SAME),
    "webhook-removed": _both(_BREAK, "A program that waits for it is not called any more."),
    "callback-added": _both(_OK, _SAME),
    "callback-removed": _both(_BREAK, "A program that waits for it is not called any more."),
    # Parameters and headers
    "parameter-added": Rule(
        _OK, _OK, "Nothing: {symbol} can take `{argument}` from now on.", _UNSEEN
    ),
    "required-parameter-added": Rule(
        _BREAK,
        _OK,
        "A call of {symbol} without `{argument}` is a TypeError, and is refused by the server.",
        _UNSEEN,
    ),
    "parameter-removed": Rule(
        _BREAK,
        _BREAK,
        "A call of {symbol} with `{argument}` is a TypeError.",
        "Code that reads `{name}` finds none.",
    ),
    "parameter-renamed": Rule(
        _BREAK, _BREAK, "The old name is not taken any more.", "The old name is not there any more."
    ),
    "parameter-moved": Rule(
        _BREAK,
        _BREAK,
        "The server does not find `{name}` where old clients put it.",
        "Code that reads `{name}` does not find it where it was.",
    ),
    "parameter-now-required": Rule(
        _BREAK, _OK, "A call of {symbol} without `{argument}` is refused.", _UNSEEN
    ),
    "parameter-now-optional": Rule(_OK, _BREAK, _SAME, "Code that reads `{name}` may find none."),
    "serialization-changed": Rule(
        _BREAK,
        _BREAK,
        "The server reads another value than the one sent.",
        "Code reads another value than the one sent.",
    ),
    "reserved-characters-sent": _both(_RISK, "Characters such as / and ? are sent as they are."),
    "reserved-characters-escaped": _both(_BREAK, "Characters such as / and ? are sent escaped."),
    "empty-value-refused": _both(_BREAK, _REFUSED),
    "empty-value-allowed": _both(_OK, _SAME),
    "header-added": Rule(_OK, _OK, _SAME, _UNSEEN),
    "header-removed": Rule(_OK, _BREAK, _SAME, "Code that reads the header finds none."),
    "header-now-required": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "header-now-optional": Rule(_OK, _BREAK, _SAME, "Code that reads the header may find none."),
    # Bodies
    "body-added": Rule(_OK, _OK, _SAME, "Nothing: there was no body so far."),
    "required-body-added": Rule(_BREAK, _OK, "A call without a body is refused.", _UNSEEN),
    "body-removed": Rule(
        _BREAK, _BREAK, "What was sent is not taken any more.", "There is no body any more."
    ),
    "body-now-required": Rule(_BREAK, _OK, "A call without a body is refused.", _UNSEEN),
    "body-now-optional": Rule(_OK, _BREAK, _SAME, "There may be no body."),
    "media-type-added": Rule(_OK, _OK, _SAME, "Nothing: a client asks for the types it reads."),
    "media-type-removed": Rule(
        _BREAK,
        _BREAK,
        "A body of this type is refused with 415.",
        "A client that asks for this type gets another, or 406.",
    ),
    "encoding-changed": _both(_BREAK, "The parts of a form are written in another way."),
    # Responses
    "success-added": Rule(_OK, _RISK, _SAME, "A call may end with a status that it never had."),
    "success-removed": Rule(_RISK, _BREAK, _SAME, "Code that waits for this status waits in vain."),
    "status-changed": Rule(_RISK, _BREAK, _SAME, "Code that compares the status fails."),
    "error-added": Rule(_OK, _OK, _SAME, "Nothing new: the error was an undescribed one so far."),
    "error-removed": Rule(
        _OK, _RISK, _SAME, "The error is not described any more: its details may be missing."
    ),
    "link-changed": _both(_OK, _SAME),
    # Schemas
    "schema-added": _both(_OK, "Nothing: {symbol} is new."),
    "schema-removed": _both(_BREAK, "{symbol} cannot be imported any more."),
    "schema-renamed": _both(_BREAK, "The class has another name: code that imports it fails."),
    "type-widened": Rule(_OK, _BREAK, _SAME, "Code meets a value of a type it was not made for."),
    "type-narrowed": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "type-changed": Rule(
        _BREAK, _BREAK, _REFUSED, "Code that uses the value as the old type fails."
    ),
    "format-widened": Rule(_OK, _RISK, _SAME, "The value may be larger than it could be so far."),
    "format-narrowed": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "format-changed": Rule(
        _BREAK, _RISK, _REFUSED, "The text may have another form than code expects."
    ),
    "kind-changed": Rule(
        _BREAK,
        _BREAK,
        "The value has another type in Python.",
        "The value has another type in Python.",
    ),
    "now-nullable": Rule(_OK, _BREAK, _SAME, "Code that uses the value meets None."),
    "no-longer-nullable": Rule(_BREAK, _OK, "A call that sends None is refused.", _UNSEEN),
    "enum-added": Rule(_BREAK, _OK, "A value that is not listed is refused.", _UNSEEN),
    "enum-dropped": Rule(_OK, _BREAK, _SAME, "The value is free text, of no enum any more."),
    "enum-kind-added": Rule(_OK, _BREAK, _SAME, "The value may be of another type."),
    "enum-kinds-changed": Rule(
        _BREAK, _BREAK, "The old value is refused with 400.", "The value may be of another type."
    ),
    "enum-value-added": Rule(_OK, _RISK, _SAME, _UNKNOWN),
    "enum-value-removed": Rule(_BREAK, _OK, "The value is refused with 400.", _UNSEEN),
    "enum-values-changed": Rule(_BREAK, _RISK, "The old value is refused with 400.", _UNKNOWN),
    "bound-tightened": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "bound-relaxed": Rule(_OK, _RISK, _SAME, "A value may lie outside what it kept to so far."),
    "bound-changed": Rule(_BREAK, _RISK, _REFUSED, "A value may differ from what was promised."),
    "pattern-added": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "pattern-dropped": Rule(_OK, _RISK, _SAME, "The text may have another form than promised."),
    "pattern-changed": Rule(
        _BREAK, _RISK, _REFUSED, "The text may have another form than promised."
    ),
    "condition-added": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "condition-dropped": Rule(_OK, _RISK, _SAME, "A value may differ from what was promised."),
    "condition-changed": Rule(
        _BREAK, _RISK, _REFUSED, "A value may differ from what was promised."
    ),
    "exclusion-added": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "exclusion-dropped": Rule(_OK, _RISK, _SAME, "A value may be one that was ruled out."),
    "exclusion-changed": Rule(_BREAK, _RISK, _REFUSED, "A value may be one that was ruled out."),
    "items-closed": Rule(_BREAK, _OK, "A list with more items is refused.", _UNSEEN),
    "items-opened": Rule(_OK, _RISK, _SAME, "A list may have more items than it had."),
    "content-changed": _both(_BREAK, "The text has to be read and written in another way."),
    "default-changed": Rule(
        _RISK,
        _RISK,
        "A call that leaves `{name}` out does something else than so far.",
        "An answer that leaves `{name}` out means something else than so far.",
    ),
    "property-added": Rule(
        _OK, _OK, "Nothing: {symbol} can be given from now on.", "Nothing: {symbol} can be read."
    ),
    "required-property-added": Rule(
        _BREAK, _OK, "A request without `{name}` is refused.", "Nothing: {symbol} can be read."
    ),
    "property-removed": Rule(
        _BREAK,
        _BREAK,
        "`{name}` is not taken any more.",
        "Reading {symbol} is an AttributeError.",
    ),
    "property-renamed": Rule(
        _BREAK, _BREAK, "The old name is not taken any more.", "The old name is not there any more."
    ),
    "property-now-required": Rule(_BREAK, _OK, "A request without `{name}` is refused.", _UNSEEN),
    "property-now-optional": Rule(
        _OK, _BREAK, _SAME, "Code that reads {symbol} may find it unset."
    ),
    "now-read-only": Rule(_BREAK, _OK, "`{name}` is not taken any more.", _UNSEEN),
    "no-longer-read-only": Rule(_OK, _OK, _SAME, _UNSEEN),
    "required-no-longer-read-only": Rule(
        _BREAK, _OK, "A request without `{name}` is refused.", _UNSEEN
    ),
    "now-write-only": Rule(_OK, _BREAK, _SAME, "`{name}` is not in answers any more."),
    "no-longer-write-only": Rule(_OK, _OK, _SAME, _UNSEEN),
    "members-closed": Rule(_BREAK, _OK, "A request with further members is refused.", _UNSEEN),
    "members-opened": Rule(_OK, _RISK, _SAME, "An answer may have members without a name."),
    "members-typed": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "members-untyped": Rule(
        _OK, _BREAK, _SAME, "A further member may have a type that code was not made for."
    ),
    "items-typed": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "items-untyped": Rule(
        _OK, _BREAK, _SAME, "An item may have a type that code was not made for."
    ),
    "alternative-added": Rule(_OK, _BREAK, _SAME, "An answer may be of a kind that code lacks."),
    "alternative-overlaps": _both(_BREAK, "A value that fits two alternatives is refused."),
    "alternative-removed": Rule(_BREAK, _OK, "A request of this kind is refused.", _UNSEEN),
    "alternatives-added": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "alternatives-removed": Rule(_OK, _BREAK, _SAME, "An answer may be of any kind."),
    "choice-widened": Rule(_OK, _RISK, _SAME, "An answer may be of several kinds at once."),
    "choice-narrowed": Rule(_BREAK, _OK, _REFUSED, _UNSEEN),
    "discriminator-added": Rule(_BREAK, _OK, "A request without it is refused.", _UNSEEN),
    "discriminator-removed": Rule(_OK, _BREAK, _SAME, "Nothing tells the kind of an answer."),
    "discriminator-changed": _both(_BREAK, "Another member tells the kind of a value."),
    "mapping-added": Rule(_OK, _RISK, _SAME, _UNKNOWN),
    "mapping-removed": Rule(_BREAK, _OK, "The value is refused with 400.", _UNSEEN),
    "mapping-changed": _both(_BREAK, "The same value tells another kind."),
    "xml-changed": _both(_BREAK, "XML is written in another way."),
    # The API as a whole
    "security-added": _both(_BREAK, "A call with the credentials that were enough is refused."),
    "security-relaxed": _both(_OK, _SAME),
    "security-scheme-changed": _both(_BREAK, "Credentials are given in another way."),
    "security-scheme-added": _both(_OK, _SAME),
    # Where it was enough for a call, that the call takes others is told besides.
    "security-scheme-removed": _both(_OK, _SAME),
    "server-changed": _both(_BREAK, "A client without a base_url calls another host."),
    "server-added": _both(_OK, _SAME),
    "server-removed": _both(_BREAK, "A client with this base_url calls a host that is gone."),
    "server-variable-changed": _both(_BREAK, "A client of this server calls another host."),
    "version-changed": _both(_OK, _SAME),
    # The Python package alone
    "python-changed": _both(_OK, ""),
}
"""Every rule by its name."""
