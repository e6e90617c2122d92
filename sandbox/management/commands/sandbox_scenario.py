import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sandbox.models import Recording
from sandbox.scenario import fronts, recording, replaying, writing


class Command(BaseCommand):
    help = "Record what happens in the sandbox as a scenario (start, stop, write FILE), or play one again (play FILE)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["start", "stop", "write", "play"])
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--demo", type=Path, help="play: the .demo.json of a running console, to play against it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] in ("write", "play") and options["file"] is None:
            raise CommandError("Name the file.")
        getattr(self, f"_{options['what']}")(options["file"], options["demo"])

    def _start(self, _file: Path | None, _demo: Path | None) -> None:
        self.stdout.write(f"recording {recording.start().pk}")

    def _stop(self, _file: Path | None, _demo: Path | None) -> None:
        recording.stop()

    def _write(self, file: Path, _demo: Path | None) -> None:
        last = Recording.objects.order_by("-pk").first()
        if last is None:
            raise CommandError("Nothing was recorded.")
        file.write_text(writing.text(last), encoding="utf-8")
        self.stdout.write(f"{last.lines.count()} lines")

    def _play(self, file: Path, demo: Path | None) -> None:
        scenario = json.loads(file.read_text(encoding="utf-8"))
        if demo:
            deviation = replaying.play(scenario, fronts.Served(json.loads(demo.read_text(encoding="utf-8"))))
        else:
            with replaying.fresh():
                deviation = replaying.play(scenario, fronts.Here())
        if deviation:
            raise CommandError(str(deviation))
        self.stdout.write(f"{len(scenario['lines'])} lines, as recorded")
