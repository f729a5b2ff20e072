"""Passages: documents cut into pieces of some hundred words, and those that speak of a question, by BM25."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunewright.core.digest import digest_bytes, digest_json
from tunewright.core.errors import Fault
from tunewright.recipe.evaluate import DocumentsSpec

_READ = (".txt", ".md", ".jsonl")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Passage:
    """A piece of a document. `source` is the document's path below the folder and the passage's number in it."""

    source: str
    text: str


def paths(spec: DocumentsSpec, folder: Path) -> list[Path]:
    """The documents: a file, or all that lie in a folder and the folders in it. Raises Fault if there are none."""
    where = folder / spec.path
    found = [where] if where.is_file() else sorted(path for path in where.rglob("*") if path.is_file())
    found = [path for path in found if path.suffix.lower() in _READ]
    if not found:
        raise Fault(f"evaluate.documents: {where} holds no document: put files that end in {', '.join(_READ)} there.")
    return found


def identity(spec: DocumentsSpec, folder: Path) -> str:
    """A digest of all that the documents say."""
    return digest_json([[str(path.relative_to(folder / spec.path)), digest_bytes(path.read_bytes())]
                        for path in paths(spec, folder)])


def passages(spec: DocumentsSpec, folder: Path) -> list[Passage]:
    """Every passage of at most `spec.words` words. Raises Fault for a document that cannot be read."""
    where = folder / spec.path
    found = []
    for path in paths(spec, folder):
        name = path.name if path == where else path.relative_to(where).as_posix()
        for title, text in _documents(path, name):
            found += [Passage(f"{title}#{number}", piece) for number, piece in enumerate(cut(text, spec.words), 1)]
    if not any(words(passage.text) for passage in found):
        raise Fault(f"evaluate.documents: {where} holds no word: put documents there that say something.")
    return found


def cut(text: str, longest: int) -> Iterator[str]:
    """Pieces of at most `longest` words: whole paragraphs as long as they fit, a heading always with what follows."""
    piece: list[str] = []
    size = 0
    for paragraph in filter(str.strip, re.split(r"\n\s*\n|(?=^#{1,6} )", text, flags=re.MULTILINE)):
        words = len(paragraph.split())
        if piece and (size + words > longest or paragraph.startswith("#")):
            yield "\n".join(piece)
            piece, size = [], 0
        if words > longest:
            split = paragraph.split()
            yield from (" ".join(split[at:at + longest]) for at in range(0, words, longest))
            continue
        piece.append(paragraph.strip())
        size += words
    if piece:
        yield "\n".join(piece)


class Shelf:
    """Passages to be found by their words. Raises Fault if bm25s is not installed."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        try:
            import bm25s
        except ImportError as error:
            raise Fault("arm retrieval needs bm25s: `pip install 'tunewright[retrieval]'`.") from error
        self._found = bm25s.BM25()
        self._found.index([words(passage.text) for passage in passages], show_progress=False)

    def find(self, question: str, top: int) -> list[Passage]:
        """The `top` passages that share most with a question, best first; none that shares no word with it.

        BM25 as Lucene has it (Robertson and Zaragoza, 2009; k1 1.5, b 0.75), on letters and digits, lower case.
        """
        known = [word for word in words(question) if word in self._found.vocab_dict]
        if not known:
            return []
        numbers, scores = self._found.retrieve([known], k=min(top, len(self._passages)), show_progress=False)
        return [self._passages[number] for number, score in zip(numbers[0], scores[0], strict=True) if score > 0]


def words(text: str) -> list[str]:
    """Letters and digits of any alphabet, lower case."""
    return _WORD.findall(text.lower())


def _documents(path: Path, name: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each document in a file: one of text, one a line of JSONL."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(f"evaluate.documents: {name} is not UTF-8 at byte {error.start}: save it as UTF-8.") from error
    if path.suffix.lower() != ".jsonl":
        yield name, text
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{name}:{number}", _row(line, f"{name}:{number}")


def _row(line: str, where: str) -> str:
    try:
        row = json.loads(line)
        title, text = row.get("title") or "", row["text"]
    except (ValueError, KeyError, AttributeError) as error:
        raise Fault(f"evaluate.documents: {where} is no JSON object with `text`: mend the line.") from error
    return f"{title}\n{text}" if title else str(text)
