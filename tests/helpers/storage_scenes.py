"""The writing commands, to be run on a faulty disk: where each begins, and where it has to end."""

import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from helpers.faulty_disk import Call, Disk, Fault, snapshot, visible

TEXT = "the king rules the land and the queen rules the land\n" * 4
BUILD = ["build-vocab", "text", "-o", "new", "--min-count", "1"]
TRAIN = ["train", "text", "-o", "new", "--min-count", "1", "--dim", "2", "--threads", "1"]
TRAIN += ["--passes", "2", "--batch", "3"]
STOP = ["--resume", "--max-time", "0.000001"]
WRITERS = ("files", "locks")
STALE = {f".new.0123abc{i}.tmp": b"what a killed run has left" for i in "de"}
OLD = {"new": b"the file of yesterday"}


@dataclass(frozen=True)
class Scene:
    """A command, and the files that it begins with besides the text."""

    name: str
    arguments: list[str]
    has: dict[str, bytes]
    saved: bool = False  # whether a checkpoint is there
    remedy: tuple[str, ...] = ("--resume",)


SCENES = [
    Scene("build-vocab", BUILD, OLD | STALE, remedy=()),
    Scene("train", TRAIN, OLD),
    Scene("saved-on-the-way", [*TRAIN, "--checkpoint-every", "1pass"], OLD),
    Scene("stopped", [*TRAIN, *STOP], OLD, saved=True),
    Scene("resumed", [*TRAIN, "--resume"], STALE, saved=True),
]
SPILLED = Scene("spilled", [*TRAIN, "--memory", "1G"], OLD)


@dataclass(frozen=True)
class Result:
    code: int
    err: str
    files: dict[str, bytes]
    disk: Disk


class Stage:
    """Runs a scene again and again, each time from its beginning."""

    def __init__(self, scene: Scene, w2v) -> None:
        self.scene = scene
        self._w2v = w2v
        self._sound: set[object] = set()
        self._begin({"text": TEXT.encode()})
        self.start = {"text": TEXT.encode()} | scene.has
        base = TRAIN if scene.arguments[0] == "train" else BUILD
        if scene.saved:
            assert w2v(*TRAIN, *STOP)[0] == 0
            self.start["new.checkpoint"] = Path("new.checkpoint").read_bytes()
            Path("new.checkpoint").unlink()
        assert w2v(*base)[0] == 0
        self.whole = Path("new").read_bytes()
        """The model, or the vocabulary, to which it all has to come in the end."""
        self.clean = self.run()
        assert self.clean.code == 0, self.clean.err
        self._next = [*base, *scene.remedy]

    def _begin(self, files: dict[str, bytes]) -> None:
        for file in Path().iterdir():
            file.unlink()
        for name, data in files.items():
            Path(name).write_bytes(data)

    def run(self, fault: Fault | None = None) -> Result:
        self._begin(self.start)
        disk = Disk(Path(), fault)
        with pytest.MonkeyPatch.context() as patch:
            install(patch, disk)
            code, _, err = self._w2v(*self.scene.arguments)
        assert disk.descriptors == {}, "a descriptor was left open"
        return Result(code, err, snapshot(Path()), disk)

    def check_next_run(self, files: dict[str, bytes]) -> None:
        """Check that from these files the next run comes to where it should, and sweeps."""
        hidden = sorted(re.sub("[0-9a-f]{8}", "*", name) for name in files.keys() - visible(files))
        state = (*sorted(visible(files).items()), *hidden)
        if state in self._sound:
            return
        self._begin(files)
        code, _, err = self._w2v(*self._next)
        assert code == 0, err
        assert snapshot(Path()) == {"text": TEXT.encode(), "new": self.whole}
        self._sound.add(state)


def install(patch: pytest.MonkeyPatch, disk: Disk) -> None:
    """Put a disk under all that w2vcli writes; and make its many runs quicker."""
    from w2vcli.cli import console
    from w2vcli.counts import cooccurrence, external_sum
    from w2vcli.system import bytes_on_disk, temporary
    from w2vcli.training.run_memory import RunMemory

    files, locks = (sys.modules[f"w2vcli.system.{name}"] for name in WRITERS)
    patch.setattr(files, "os", disk)
    patch.setattr(locks, "os", disk)
    patch.setattr(locks, "fcntl", disk)
    patch.setattr(temporary, "tempfile", disk)
    patch.setattr(bytes_on_disk, "os", disk)
    # Several pieces, and too many pairs in each for 12 kB: so several runs on disk.
    patch.setattr(cooccurrence, "_PAIRS_PER_PIECE", 80)
    patch.setattr(external_sum, "_ENTRY_BYTES", 1 << 10)
    patch.setattr(RunMemory, "for_pairs", lambda memory, _: 12 << 10 if memory.limit else 1 << 30)
    patch.setattr(console, "silence_stdout", lambda: None)  # it is pytest's


def plant(patch: pytest.MonkeyPatch, *mistakes: tuple[str, str]) -> None:
    """Put mistakes into files.py or locks.py, where each belongs: the tests have to find them."""
    import w2vcli.cli.commands.train
    import w2vcli.training.session  # noqa: F401 - and with them all that writes

    names = [f"w2vcli.system.{name}" for name in WRITERS]
    sources = {name: inspect.getsource(sys.modules[name]) for name in names}
    for right, wrong in mistakes:
        assert any(right in source for source in sources.values()), f"no longer there: {right}"
        sources = {name: source.replace(right, wrong) for name, source in sources.items()}
    for name, source in sources.items():  # files first: locks use them
        original, module = sys.modules[name], ModuleType(name)
        exec(compile(source, f"{name}, with a mistake", "exec"), vars(module))
        patch.setitem(sys.modules, name, module)
        _replace_functions(patch, original, module)


def _replace_functions(patch: pytest.MonkeyPatch, original: ModuleType, module: ModuleType) -> None:
    """Let all that use functions of a module use those of another one."""
    ours = {name for name, value in vars(original).items() if inspect.isfunction(value)}
    for user in [m for name, m in sys.modules.items() if name.startswith("w2vcli.")]:
        for name in ours & vars(user).keys():
            if getattr(user, name) is getattr(original, name):
                patch.setattr(user, name, getattr(module, name))


HARMLESS = {
    Call("open", "file"),  # only to see whether the file may be replaced
    Call("close", "file"),
    Call("listdir", "folder"),  # nothing is swept: the next run will
    Call("unlink", "temporary"),  # likewise
    Call("unlink", "lock"),  # likewise
    Call("statvfs", "folder"),  # who cannot say how much room there is may have it
    Call("stat", "file"),  # the permissions cannot be known, or set: a model is worth more,
    Call("fchmod", "temporary"),  # and the new file is the user's alone
    *(Call("close", what) for what in ("lock", "temporary", "folder", "run")),  # all is flushed
}
