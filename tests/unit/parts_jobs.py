"""Pieces as small as can be, made by functions that other processes can import."""

import os
import signal
import time
from pathlib import Path

from data.errors import InputError, Where
from data.texts import Text
from geo.parts.crew import Crew, Job

ONE = 100 << 20


def write(making: Path, text: str) -> dict[str, str]:
    (making / "text").write_text(text)
    with (making.parent / "log").open("a") as log:
        log.write(f"{text}\n")
    return {"text": text}


def linger(making: Path, text: str) -> dict[str, str]:
    record = write(making, text)
    time.sleep(30 if text == "c" else 0)
    return record


def die_at_first(making: Path, flag: str) -> dict[str, str]:
    if not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return write(making, "lived")


def die(making: Path, _: str) -> dict[str, str]:
    del making
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def refuse(making: Path, _: str) -> dict[str, str]:
    raise InputError(Text("Mal", "Bad"), where=Where(file=making.name, row=3),
                     remedy=Text("Bien", "Good"))  # fmt: skip


def pause(making: Path, text: str) -> dict[str, str]:
    record = write(making, text)
    time.sleep(0.5)
    return record


def jobs(run, *arguments: str) -> list[Job]:
    return [Job(f"piece-{text}", text, run, text, ONE) for text in arguments]


def told(job: Job, peak: int) -> None:
    """Take no notice."""


def run_all(root: str, names: str, scheduler: str | None = None) -> None:
    run = linger if scheduler is None else pause
    crew = Crew(workers=1 if scheduler is None else 2, memory_bytes=9 * ONE, scheduler=scheduler)
    crew.run(Path(root), jobs(run, *names), told)


def say_who(making: Path, text: str) -> dict[str, int]:
    """Say which process made it."""
    (making / "text").write_text(text)
    return {"process": os.getpid()}
