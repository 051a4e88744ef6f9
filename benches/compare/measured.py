"""Runs commands, and measures the whole process tree of each.

wall     seconds by the monotonic clock
cpu      user and system seconds of the process and of every child it waited for
rss      peak resident size, in MiB, of the LARGEST process of the tree: the kernel reports no sum,
         and nothing below this program's own (about 16), from which the others are forked
"""

import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AMIKIT = ROOT / "target/release/amikit"
KEYS = ROOT / "fixtures/keys"
AES_KEY = "00112233445566778899aabbccddeeff"
AES_IV = "0102030405060708090a0b0c0d0e0f10"


@dataclass
class Run:
    wall: float
    cpu: float
    rss: float
    output: int = 0


def measure(argv):
    """Runs argv to its end; a failure ends the comparison.

    The disk is idle when it starts: what the contender before left to be written is not charged
    to the next.
    """
    os.sync()
    began = time.monotonic()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"exit code {process.returncode}: {' '.join(map(str, argv))}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(runs):
    """The median of each figure, over the runs of one contender."""
    return Run(*(statistics.median(getattr(run, name) for run in runs)
                 for name in ("wall", "cpu", "rss", "output")))


def bundle_argv(image, folder, *options):
    """amikit's command for a bundle named `image` in `folder`."""
    return [AMIKIT, "bundle-image", "-i", image, "-p", "image", "-d", folder, "-r", "x86_64",
            "-u", "123456789012", "-k", KEYS / "THROWAWAY-euca-user.pem",
            "-c", KEYS / "THROWAWAY-euca-user.crt", "--ec2cert", KEYS / "THROWAWAY-euca-cloud.crt",
            "--enc-key", AES_KEY, "--enc-iv", AES_IV, *options]


def unbundle_argv(folder, target):
    """amikit's command to unbundle that bundle into the folder `target`."""
    return [AMIKIT, "unbundle", "-m", folder / "image.manifest.xml", "-s", folder, "-d", target,
            "-k", KEYS / "THROWAWAY-euca-user.pem"]


def first_line(*argv):
    """The first line that a program says about itself, or that it is missing."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return f"no {argv[0]}"
    return ((done.stdout or done.stderr).splitlines() or [""])[0]


def surroundings():
    """Machine, kernel, date, versions and commit, as a Markdown paragraph."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = first_line("git", "-C", ROOT, "describe", "--always", "--dirty")
    versions = ", ".join(first_line(*argv) for argv in (
        ("gzip", "--version"), ("pigz", "--version"), ("tar", "--version"),
        ("openssl", "version"), (AMIKIT, "--version"), ("rustc", "--version")))
    return (f"{time.strftime('%Y-%m-%d')}, commit {commit}; {os.cpu_count()} × "
            f"{cpu[1].strip() if cpu else os.uname().machine}, {memory:.0f} GiB, "
            f"Linux {os.uname().release}; {versions}.")


def write_section(name, text):
    """Replaces what is between the markers of `name` in docs/performance.md."""
    page = ROOT / "docs/performance.md"
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        sys.exit(f"{page} has no {begin} … {end}")
    page.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")
    print(f"written to {page.relative_to(ROOT)}")


def require(*programs):
    """Ends with a hint if a program that the comparison needs is missing."""
    missing = [name for name in programs if first_line(name, "--version") == f"no {name}"]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; run scripts/install-deps --bench")
    if not AMIKIT.exists():
        sys.exit(f"no {AMIKIT}; run cargo build --release")
