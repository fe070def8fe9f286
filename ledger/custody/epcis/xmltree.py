"""XML bytes to a tree, safely: no declarations, no entities but XML's own five, nothing fetched, all bounded.

Expat calls back when a document type begins: one that holds or names declarations is never read on, so that what an
entity could do (`<!ENTITY a "&b;&b;">` a thousand million times, or a file of the machine) cannot begin. One that is
a bare name (`<!DOCTYPE project>`, as partners' tools write it) declares nothing, and says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, NoReturn
from xml.parsers import expat

from ledger.custody.epcis.faults import CaptureFault
from ledger.limits import CAPTURE_BYTES_MAX, XML_DEPTH_MAX, XML_NODES_MAX

__all__ = ["Attribute", "Element", "Name", "parse_xml"]

_XML_SPACE: Final = " \t\r\n"


class Name(NamedTuple):
    """A name with its namespace, "" for none, and the prefix that its author gave it, "" for none."""

    space: str
    local: str
    prefix: str = ""


class Attribute(NamedTuple):
    """An attribute; its value has the references replaced."""

    name: Name
    value: str


@dataclass(slots=True)
class Element:
    """An element with what it holds; `text` is all text directly in it, without the space around it."""

    name: Name
    line: int
    attributes: list[Attribute] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)
    text: str = ""


def parse_xml(data: bytes) -> Element:
    """Return the root of a document.

    Raises:
        CaptureFault: `epcis-too-large`; `epcis-xml` for what is not well-formed, too deep, or holds text between
            elements; `epcis-xml-forbidden` for a document type that declares something, or an entity. With the line.
    """
    if len(data) > CAPTURE_BYTES_MAX:
        raise CaptureFault("epcis-too-large", f"{len(data)} bytes, at most {CAPTURE_BYTES_MAX}")
    builder = _Builder()
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) if error.code else "not well-formed"
        raise CaptureFault("epcis-xml", str(reason), line=error.lineno) from None
    except (LookupError, UnicodeError, ValueError):
        raise CaptureFault("epcis-xml", "an encoding that is not known", line=1) from None
    return builder.root


class _Builder:
    """Holds the elements that are open; the last is the one that text falls into."""

    def __init__(self) -> None:
        self.parser: Any = expat.ParserCreate(namespace_separator=" ")
        self.parser.namespace_prefixes = True
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.EntityDeclHandler = self._forbidden
        self.parser.ExternalEntityRefHandler = self._forbidden
        self.parser.SkippedEntityHandler = self._forbidden
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._open: list[Element] = []
        self._texts: list[list[str]] = []  # of each open element; joined once: comments can cut a text into millions
        self._nodes = 0

    def _fault(self, code: str, detail: str) -> CaptureFault:
        return CaptureFault(code, detail, line=self.parser.CurrentLineNumber)

    def _document_type(self, _: str, system: str | None, public: str | None, has_declarations: int) -> None:
        if system is not None or public is not None or has_declarations:
            self._forbidden()

    def _forbidden(self, *_: object) -> NoReturn:
        raise self._fault("epcis-xml-forbidden", "a document type that declares something, or an entity")

    def _start(self, name: str, attributes: list[str]) -> None:
        self._nodes += 1 + len(attributes) // 2
        if len(self._open) >= XML_DEPTH_MAX or self._nodes > XML_NODES_MAX:
            raise self._fault("epcis-xml", f"deeper than {XML_DEPTH_MAX}, or more than {XML_NODES_MAX} nodes")
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        read = [Attribute(_name(each), value) for each, value in pairs]
        element = Element(_name(name), self.parser.CurrentLineNumber, read)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def _end(self, _: str) -> None:
        element = self._open.pop()
        element.text = "".join(self._texts.pop()).strip(_XML_SPACE)
        if element.text and element.children:
            raise CaptureFault("epcis-xml", "text between elements", line=element.line)

    def _text(self, text: str) -> None:
        self._texts[-1].append(text)


def _name(joined: str) -> Name:
    """Take apart what expat joins: namespace, local name, prefix; of these, only the local name is always there."""
    parts = joined.split(" ")
    if len(parts) == 1:
        return Name("", parts[0])
    return Name(parts[0], parts[1], parts[2] if len(parts) > 2 else "")
