"""A fake GitHub for tests and demonstrations: see `FakeGitHub`."""

from tests.github.fake import FakeGitHub as FakeGitHub
from tests.github.faults import Fault as Fault
