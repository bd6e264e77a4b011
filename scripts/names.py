"""Do names keep the rules?

Functions are no participles, a class name means one thing, constants say what they limit, no Literal repeats
the names of plug-ins, and every path that the docs name exists.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from upspiral.plugin_kinds import KINDS

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "upspiral"
PROGRAMS = ("train/recipes/", "deploy/servers/", "store/migrations/")
"""Whole programs, which share no names with the package."""
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
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCS = ("README.md", "CONTRIBUTING.md", "docs")
PATH = re.compile(r"`((?:src|tests|docs|benchmarks|examples|scripts|lock)/[\w./-]+?\.(?:py|md|txt|toml|sh))`")


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
        broken += [f"{name}: Literal[{one!r}] is the name of a plug-in" for one in literals(tree)]
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].append(name)
    broken += [
        f"class {one} means {len(at)} things: {', '.join(at)}" for one, at in classes.items() if len(at) > 1
    ]
    broken += list(missing_paths())
    print(
        "\n".join(broken) or "names kept: no participles, one meaning for a class name, paths of docs exist"
    )
    return len(broken)


def participles(tree: ast.Module) -> Iterator[str]:
    """Give the functions whose first word is a past participle; properties may be."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTION) and not any("property" in ast.unparse(d) for d in node.decorator_list):
            first = node.name.strip("_").split("_")[0]
            regular = first.endswith("ed") and len(first) > 3 and first not in VERBS_IN_ED
            if regular or PARTICIPLE.fullmatch(first):
                yield node.name


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
            yield from sorted(str(one) for one in words & known)


def missing_paths() -> Iterator[str]:
    """Give the paths that the docs name and that do not exist."""
    for place in DOCS:
        pages = [ROOT / place] if place.endswith(".md") else sorted((ROOT / place).rglob("*.md"))
        for page in pages:
            for found in PATH.findall(page.read_text()):
                if not (ROOT / found).exists():
                    yield f"{page.relative_to(ROOT)}: {found} does not exist"


if __name__ == "__main__":
    sys.exit(min(main(), 1))
