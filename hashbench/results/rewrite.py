"""Whole results folders rewritten: old records in the present format, and the values of shared results as packs."""

from __future__ import annotations

import json
from pathlib import Path

from hashbench.errors import BadRecord
from hashbench.results import per_user
from hashbench.results.atomic import atomic_write
from hashbench.results.pack import PackedRun, pack_file, write_pack
from hashbench.results.record import FORMAT
from hashbench.results.store import Problem, ResultsFolder, locate, read_file


def upgrade_folder(path: Path) -> tuple[list[Path], list[Problem]]:
    """Rewrite the records of older formats under their present names; return the new files, and what was left alone.

    Run ids are hashes of a run's parameters, so parameters of another name give another id. A record's values and its
    cached model follow it. What is new is written before what is old is deleted: stopped midway, nothing is lost, and
    another call does the rest.
    """
    upgraded, problems = [], []
    for file in sorted(path.glob("*.json")):
        try:
            if (new := _upgrade(ResultsFolder(path), file)) is not None:
                upgraded.append(new)
        except BadRecord as error:
            problems.append(Problem(file, str(error).removeprefix(f"{file}: ")))
    return upgraded, problems


def pack_folder(source: Path, destination: Path) -> tuple[list[Path], list[Problem]]:
    """Write the records of a folder to another, or the same, with their values in packs.

    Returns the packs, and what was left out: files that are no records, and records without values. Records that the
    destination already has stay in its packs.
    """
    folders = [source, *([destination] if destination.is_dir() and destination != source else [])]
    located, problems = locate(folders)
    output = ResultsFolder(destination)
    output.check_writable()
    by_pack: dict[Path, list[PackedRun]] = {}
    from_source: set[Path] = set()
    for file, record in located:
        pack = pack_file(destination, record)
        if pack is None or record.status != "ok":
            continue
        folder = ResultsFolder(file.parent)
        try:
            run = PackedRun(record, folder.per_user(record), folder.hits(record))
        except BadRecord as error:
            problems.append(Problem(file, str(error)))
        else:
            by_pack.setdefault(pack, []).append(run)
            if file.parent == source:
                from_source.add(pack)
    changed = {pack: runs for pack, runs in by_pack.items() if pack in from_source}
    for pack, runs in changed.items():
        write_pack(pack, runs)
        for run in runs:
            output.update(run.record)
            output.values_file(run.record).unlink(missing_ok=True)
    return list(changed), problems


def _upgrade(folder: ResultsFolder, file: Path) -> Path | None:
    """Rewrite one record if it is of an older format, and return its new file."""
    record = read_file(file)
    old = json.loads(file.read_bytes())
    if old["format"] == FORMAT:
        return None
    new_file, old_values = folder.file(record), file.with_name(file.stem + per_user.SUFFIX)
    if new_file.is_file() and read_file(new_file).created > record.created:
        raise BadRecord(f"run {record.run_id} is also in {new_file}, written later")
    if old_values.is_file() and old["run_id"] != record.run_id:
        with atomic_write(folder.values_file(record)) as stream:
            per_user.copy(old_values, old["run_id"], record, stream)
    folder.update(record)
    old_model, new_model = (folder.cache.codes(model_id) for model_id in (old["model_id"], record.model_id))
    if old_model.is_file() and not new_model.exists():
        old_model.replace(new_model)
    if new_file != file:
        old_values.unlink(missing_ok=True)
        file.unlink()
    return new_file
