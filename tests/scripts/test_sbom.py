"""The bill of materials names every package of the lock, with the hashes that are checked at installation."""

import json
from pathlib import Path

import pytest
from tests.scripts.test_names import load_script

ROOT = Path(__file__).parents[2]
sbom = load_script("sbom")
LOCKS = ("core.txt", "train.txt")
MAX_DIRECT = 30
"""Packages that an installation without extras may ask for itself."""


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_is_pinned_with_a_hash(lock: str) -> None:
    text = (ROOT / "lock" / lock).read_text()
    packages = list(sbom.read_lock(text))
    assert len(packages) == sum("==" in line and not line[0].isspace() for line in text.splitlines())
    assert all(one.hashes for one in packages)


def test_the_bill_names_each_once_with_its_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    sbom.main()
    bill = json.loads(capsys.readouterr().out)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    references = [one["bom-ref"] for one in bill["components"]]
    assert len(references) == len(set(references)) > 50
    assert all(one["hashes"] for one in bill["components"])
    assert "pkg:pypi/upspiral@" in bill["metadata"]["component"]["purl"]


def test_what_an_installation_asks_for_is_few_and_all_of_it_is_in_the_bill() -> None:
    direct = sbom.direct_dependencies()
    locked = {one.name for one in sbom.read_lock((ROOT / "lock" / "core.txt").read_text())}
    assert len(direct) <= MAX_DIRECT
    assert set(direct) <= locked


@pytest.mark.parametrize("line", ["starlette>=1.0", "starlette==1.10.0", "git+https://host.example/x"])
def test_a_line_without_version_or_hash_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not pinned"):
        list(sbom.read_lock(line))


def test_packages_are_chosen_seven_days_after_they_appeared() -> None:
    """Who takes a package over is mostly found out within days."""
    said = (ROOT / "scripts" / "lock.sh").read_text()
    compiled = said.split("pip compile")[1:]
    assert compiled
    assert all('--exclude-newer "7 days"' in part for part in compiled)
