"""Do names keep the rules of docs/adr/0014?

A function that changes something begins with a verb in the imperative; one that gives a value may be called
by that value, but by no participle, adverb or lone adjective. A class name means one thing, constants say
what they limit, no Literal repeats the names of plug-ins, and every path and dotted name in the docs exists.
"""

import ast
import importlib
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from upspiral.plugin_kinds import KINDS

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "upspiral"
PROGRAMS = ("train/recipes/", "deploy/servers/", "store/migrations/")
"""Whole programs, which share no names with the package."""
COMMANDS = "cli/commands/"
"""Functions here are called as the commands are."""
PARTICIPLE = re.compile(
    r"told|made|said|kept|held|known|gone|seen|given|taken|drawn|sent|shown|"
    r"written|met|left|lost|begun|done|built|caught|chosen|felt|fought|forgotten"
    r"|heard|laid|led|lent|meant|paid|sold|spent|stood|struck|taught|thought|"
    r"thrown|understood|won|woven|broken|spoken|grown|worn"
)
VERBS_IN_ED = frozenset({"need", "feed", "speed", "seed", "embed", "exceed", "proceed", "succeed"})
ADJECTIVE = re.compile(
    r"MOST|ENOUGH|FEWEST|FEW|LEAST|LONGEST|SHORTEST|SMALL|LARGE|BIG|WIDE|NARROW"
    r"|NEAR|FAR|KNOWN|UNKNOWN|FRESH|STALE|OLD|NEW|READY|SURE|LATE|EARLY|WHOLE"
    r"|FULL|EMPTY|EACH|SAME|LIKE|ALIKE|HOPELESS|STRONG|WEAK|STRICT|STRICTER|"
    r"SHORT|SHORTER|LONG|SHOWN|HIDDEN|SAID|KEPT|READ|JUDGED|MEASURED|REMEMBERED|"
    r"FORBIDDEN|ALLOWED|NEEDED|BROKEN|QUIET"
)
WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text())
VERBS, FUNCTION_WORDS, LONE_ADJECTIVES = (
    frozenset(WORDS[name].split()) for name in ("verbs", "function_words", "lone_adjectives")
)
ALLOWED = frozenset(" ".join(WORDS["allowed"].values()).split())
RETIRED = {re.compile(rf"\b(?:{old})\b", re.IGNORECASE): new for old, new in WORDS["retired"].items()}
MESSAGES = ("cli/", "server/console/", "server/routes/")
"""Folders whose strings people read; elsewhere these are descriptions and hints."""
CITED = re.compile(r"`([a-z]+\.[a-z_]+\.\w+)`")
"""A name as docstrings cite it, such as ``stats.posterior.posterior``."""
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCS = ("README.md", "CONTRIBUTING.md", "docs")
PATH = re.compile(r"`((?!DATA/)[\w.-]+/[\w./-]+?\.(?:py|md|txt|toml|sh))`")
"""A path, from the root of the repository or of the package."""
DOTTED = re.compile(r"(?<![\w./-])(upspiral(?:\.[A-Za-z_]\w*)+)(?![\w/-])")
"""A name of the package, such as ``upspiral.domain.Agent``."""


def main() -> int:
    """Print every name that breaks a rule; give how many there are."""
    broken: list[str] = []
    classes: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        if name.startswith(PROGRAMS):
            continue
        tree = ast.parse(path.read_text())
        broken += [f"{name}: {one} is a participle; begin with a verb" for one in participles(tree)]
        broken += [f"{name}: {one} says not what it limits" for one in adjectives(tree)]
        if not name.startswith(COMMANDS):
            broken += [f"{name}: {one}" for one in unclear_names(tree)]
        broken += [f"{name}: {one}" for text in messages(tree, name) for one in retired_words(text)]
        broken += [f"{name}: Literal[{one!r}] is the name of a plug-in" for one in literals(tree)]
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].append(name)
    broken += [
        f"class {one} means {len(at)} things: {', '.join(at)}" for one, at in classes.items() if len(at) > 1
    ]
    for page in list_pages():
        found = retired_words(page.read_text()) if page.parent.name != "results" else ()
        broken += [f"{page.relative_to(ROOT)}: {one}" for one in found]
    broken += list(missing_paths())
    broken += list(missing_names())
    print(
        "\n".join(broken)
        or "names kept: verbs, one meaning for a class name, paths and dotted names of docs exist"
    )
    return len(broken)


def participles(tree: ast.Module) -> Iterator[str]:
    """Give the functions whose first word is a past participle; properties may be."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTION) and not any(is_property(d) for d in node.decorator_list):
            first = node.name.strip("_").split("_")[0]
            regular = first.endswith("ed") and len(first) > 3 and first not in VERBS_IN_ED
            if regular or PARTICIPLE.fullmatch(first):
                yield node.name


def unclear_names(tree: ast.AST) -> Iterator[str]:
    """Give in words which functions begin with no verb where one must, or with a word that says nothing.

    >>> list(unclear_names(ast.parse("def _late(): ...; ")))
    ['_late: a lone adjective; begin with a verb']
    >>> list(unclear_names(ast.parse("def totals(a) -> None: ...")))
    ['totals: changes something; begin with a verb']
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FUNCTION):
            yield from _judge_name(node)
        else:
            yield from unclear_names(node)  # not into functions: inner ones are read with the outer one


def _judge_name(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    name = node.name.strip("_")
    of_property = any(is_property(one) for one in node.decorator_list)
    if node.name.startswith("__") or of_property or name in ALLOWED or name.startswith("on_"):
        return
    first, *others = name.split("_")
    if first in FUNCTION_WORDS:
        yield f"{node.name}: {first!r} says how, not what; begin with a verb"
    elif not others and first in LONE_ADJECTIVES:
        yield f"{node.name}: a lone adjective; begin with a verb"
    elif isinstance(node.returns, ast.Constant) and node.returns.value is None and first not in VERBS:
        yield f"{node.name}: changes something; begin with a verb"


def is_property(decorator: ast.expr) -> bool:
    """Say whether a decorator makes a property, or what sets one.

    >>> [is_property(ast.parse(text, mode="eval").body) for text in ("property", "done.setter", "cache")]
    [True, True, False]
    """
    text = ast.unparse(decorator)
    return "property" in text or text.endswith(".setter")


def adjectives(tree: ast.Module) -> Iterator[str]:
    """Give the constants of a module that are a bare adjective."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        names = [inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)]
        yield from (name for name in names if ADJECTIVE.fullmatch(name.strip("_")))


def literals(tree: ast.Module) -> Iterator[str]:
    """Give the names of plug-ins that stand in a Literal; who chooses asks what is registered."""
    known = {name for kind in KINDS for name in kind.list_names()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Literal"):
            words = {one.value for one in ast.walk(node.slice) if isinstance(one, ast.Constant)}
            if 2 * len(words & known) >= len(words):  # a name alone may be a word that means something else
                yield from sorted(str(one) for one in words & known)


def messages(tree: ast.Module, name: str) -> Iterator[str]:
    """Give what people read of a module: every string of some folders, else descriptions and hints.

    >>> list(messages(ast.parse('Field(3, description="So many."); say("x")'), "config.py"))
    ['So many.']
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and name.startswith(MESSAGES):
            yield node.value
        elif isinstance(node, ast.keyword) and node.arg in {"description", "hint"}:
            yield from (
                one.value
                for one in ast.walk(node.value)
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )


def retired_words(text: str) -> Iterator[str]:
    """Say which words of a text have given way to others.

    >>> list(retired_words("A canary was let out, and taken back."))
    ["'let out' is now 'rolled out'", "'taken back' is now 'rolled back'"]
    """
    for old, new in RETIRED.items():
        yield from (f"{found[0]!r} is now {new!r}" for found in old.finditer(text))


def missing_paths() -> Iterator[str]:
    """Give the paths that the docs name and that do not exist."""
    for page in list_pages():
        for found in PATH.findall(page.read_text()):
            if not any((base / found).exists() for base in (ROOT, SRC)):
                yield f"{page.relative_to(ROOT)}: {found} does not exist"


def list_pages() -> list[Path]:
    """Give the pages that speak of what is there now; decision records speak of what was."""
    found = [ROOT / place for place in DOCS if place.endswith(".md")]
    found += sorted((ROOT / "docs").rglob("*.md"))
    return [page for page in found if page.parent.name != "adr"]


def missing_names() -> Iterator[str]:
    """Give the dotted names of the package that the docs name and that do not exist.

    Attributes of spans and files look alike; they stand in the code as they stand in the docs.
    """
    code = "\n".join(path.read_text() for path in sorted(SRC.rglob("*.py")))
    for page in list_pages():
        for found in dict.fromkeys(DOTTED.findall(page.read_text())):
            if not exists(found) and f'"{found}"' not in code:
                yield f"{page.relative_to(ROOT)}: {found} does not exist"
    for found in dict.fromkeys(CITED.findall(code)):
        if (SRC / found.split(".")[0]).is_dir() and not exists(f"upspiral.{found}"):
            yield f"a docstring: {found} does not exist"


def exists(dotted: str) -> bool:
    """Say whether a dotted name is a module, or something in one.

    >>> exists("upspiral.domain.Agent.id"), exists("upspiral.domian")
    (True, False)
    """
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            fields = getattr(found, "__annotations__", {})
            if not hasattr(found, part) and part not in fields:
                return False
            found = getattr(found, part, fields.get(part))
        return True
    return False


if __name__ == "__main__":
    sys.exit(min(main(), 1))
