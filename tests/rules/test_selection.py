from __future__ import annotations

import pytest

from rules.selection import Selection


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "src/pkg/a.py",
        "pkg/latest/a.py",
        "pkg/contest.py",
        "pkg/testimony.py",
        "pkg/docstrings.py",
        "pkg/versions/api.py",
        "pkg/vendors/a.py",
    ],
)
def test_code_is_reviewed(path: str) -> None:
    assert Selection()(path)


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py", "pkg/tests/a.py", "pkg/test_a.py", "pkg/a_test.py", "conftest.py", "pkg/tests.py",
        "app/migrations/0001_initial.py", "alembic/versions/3f2a1b9c8d7e_add.py",
        "alembic/versions/2023-08-06-21.00.34_04ac51cbe9a4_add.py",
        "pkg/_tests/a.py", "e2e/helpers/a.py", "integration_tests/a.py", "shop_benchmarks/a.py",
        "pkg/_vendor/a.py", "third_party/a.py", "docs/a.py", "examples/a.py", "pkg/api_pb2.py", "setup.py",
        "a.txt", "a.pyi",
    ],
)  # fmt: skip
def test_what_is_aside_is_not_reviewed(path: str) -> None:
    assert not Selection()(path)


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("legacy", "legacy/a/b.py", True),
        ("legacy/", "legacy/a.py", True),
        ("legacy", "src/legacy/a.py", False),
        ("**/legacy", "src/legacy/a.py", True),
        ("src/*/gen", "src/a/gen/x.py", True),
        ("src/*/gen", "src/a/b/gen/x.py", False),
        ("**/*_gen.py", "a/b/x_gen.py", True),
        ("**/*_gen.py", "x_gen.py", True),
        ("a?.py", "ab.py", True),
        ("a.b.py", "aXb.py", False),
    ],
)
def test_globs(glob: str, path: str, matches: bool) -> None:
    assert Selection()(path)
    assert Selection(exclude=[glob])(path) is not matches


def test_include_takes_back_what_is_excluded() -> None:
    chosen = Selection(exclude=["a"], include=["examples", "a/keep.py"])
    assert chosen("examples/x.py")
    assert chosen("a/keep.py")
    assert not chosen("a/other.py")
