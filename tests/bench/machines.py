"""Machines made of Linux namespaces, on a switch: each has an address, a name, process ids and a disk of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ALONE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
"""What begins a program that is root over a network of its own, and over nothing else; what it began ends with it."""

HERE = "10.77.0.1"
"""Our own address on the switch."""

DISK = Path("/run/disk")
"""Where a machine finds its disk."""

_PREPARED = ("mount -t tmpfs tmpfs /run", "mkdir -p /run/disk", "ip link set lo up", "ip link add switch type bridge")
_BEGIN = 'hostname "$1" && mount --bind "$2" /run/disk && mount -t tmpfs tmpfs "$3" && shift 3 && exec "$@"'
_PATIENCE = 120


def missing() -> str:
    """Why there can be no such machines here, '' where there can."""
    for tool in ("unshare", "ip", "mount"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    done = subprocess.run([*ALONE, "sh", "-ec", "\n".join(_PREPARED)], capture_output=True, text=True, check=False)
    return f"namespaces are not to be had: {done.stderr.strip()}" if done.returncode else ""


class Network:
    """The switch, with us on it. For a program that was begun by ALONE; `disks` is a folder for all machines' disks."""

    def __init__(self, disks: Path) -> None:
        self.disks = disks
        self._joined = 1
        _run(" && ".join(_PREPARED))
        _run(f"ip addr add {HERE}/24 dev switch && ip link set switch up")

    def machine(self, name: str) -> Machine:
        """One more machine, with its cable in the switch."""
        self._joined += 1
        address = f"{HERE.rpartition('.')[0]}.{self._joined}"
        _run(f"ip netns add {name} && ip link add to-{name} type veth peer name eth0 netns {name}")
        _run(f"ip link set to-{name} master switch up && ip -n {name} link set lo up")
        _run(f"ip -n {name} addr add {address}/24 dev eth0 && ip -n {name} link set eth0 up")
        return Machine(name, address, self.disks)


class Machine:
    """A machine that runs one program at a time."""

    def __init__(self, name: str, address: str, disks: Path) -> None:
        self.name = name
        self.address = address
        self.disk = disks / name
        self.disk.mkdir()
        self._disks = disks
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        """Starts a program as the machine's first process; it sees no other machine's disk."""
        inside = ("unshare", "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        begin = ("sh", "-c", _BEGIN, "sh", self.name, str(self.disk), str(self._disks))
        words = ["ip", "netns", "exec", self.name, *inside, *begin, *command]
        with log.open("ab") as output:
            self._process = subprocess.Popen(words, env=dict(environ), stdout=output, stderr=output)

    def terminate(self) -> float:
        """Asks the program to end, as an engine does; how many seconds it took. Raises TimeoutExpired."""
        begun = time.monotonic()
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.kill(self._first(), signal.SIGTERM)
        self._process.wait(_PATIENCE)
        return time.monotonic() - begun

    def crash(self) -> None:
        """All its processes are gone at once, and so is its disk."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.disk)
        self.disk.mkdir()

    def plug(self, state: str) -> None:
        """Pulls its cable (down), or puts it back (up)."""
        _run(f"ip link set to-{self.name} {state}")

    def _first(self) -> int:
        """The machine's first process, by our own numbers: the only child of the one that made the machine."""
        assert self._process is not None
        pid = self._process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0])


def _run(script: str) -> None:
    subprocess.run(["sh", "-ec", script], check=True)
