"""What the package offers at its door: few names, each imported when it is asked for."""

import subprocess
import sys

import pytest

import upspiral


def test_the_package_offers_few_names_and_each_is_what_it_says() -> None:
    assert len(upspiral.__all__) <= 15
    assert set(upspiral.__all__) <= set(dir(upspiral))
    for name in upspiral.__all__:
        found = getattr(upspiral, name)
        assert name == "__version__" or found.__name__ == name


def test_a_name_that_is_not_offered_is_told_as_python_tells_it() -> None:
    with pytest.raises(AttributeError, match="module 'upspiral' has no attribute 'nothing'"):
        upspiral.nothing  # noqa: B018


@pytest.mark.process
def test_importing_the_package_imports_nothing_else() -> None:
    program = "import sys; before = set(sys.modules); import upspiral; print(*(set(sys.modules) - before))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    ours = {name for name in ran.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names}
    assert ours == {"upspiral", "upspiral.version"}
