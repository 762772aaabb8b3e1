"""Where a model comes from: the cache, a checkpoint of an earlier training, or a new training."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hashbench.data.split import InteractionSplit
from hashbench.errors import BadRecord
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.learn import TrainedModel, learn
from hashbench.pipeline.phases import Phases
from hashbench.pipeline.plan import RunPlan
from hashbench.pipeline.provenance import Provenance, model_provenance, stage_provenance
from hashbench.results.cache import CachedModel
from hashbench.results.store import ResultsFolder
from hashbench.training.checkpoint import CheckpointFile


@dataclass(frozen=True)
class ModelSource:
    """Gives the model of a plan, trained on the split with this fingerprint."""

    plan: RunPlan
    execution: ExecutionContext
    split_fingerprint: str

    @property
    def model_id(self) -> str:
        """The model's id."""
        return self.plan.model_id(self.split_fingerprint)

    @property
    def provenance(self) -> Provenance:
        """What the model depends on besides its id; a cached model with another provenance is not used."""
        return model_provenance(self.plan, self.execution.ctx.process_group)

    def stage_id(self, stage: str) -> str:
        """Return the id of a training stage; models whose first stage is the same share its checkpoint."""
        return self.plan.stage_id(stage, self.split_fingerprint)

    def checkpoint(self, stage: str) -> CheckpointFile | None:
        """Return the checkpoint file of a training stage; None without a results folder."""
        if self.execution.out is None:
            return None
        lock = self.execution.out.lock(self.stage_id(stage))
        return replace(self._checkpoint(self.execution.out, stage), resume=self.execution.reuse_model, lock=lock)

    def has_ended(self, stage: str) -> bool:
        """Whether the results folder holds the outcome of a training stage; nothing is written to find out."""
        folder = self.execution.out
        return folder is not None and self._checkpoint(folder, stage).has_ended

    def is_cached(self) -> bool:
        """Whether the cache has the model, of the same provenance; its tensors are not read."""
        folder = self.execution.out
        return folder is not None and folder.cache.provenance(self.model_id) == self.provenance

    def obtain(self, split: InteractionSplit, phases: Phases) -> TrainedModel | None:
        """Return the cached model, or train it, or resume its training, and cache it.

        All processes of a group call this together. Only the main one looks into the cache and gets the model; the
        others help to train and get None. A training is measured as the phase "train".
        """
        process_group = self.execution.ctx.process_group
        model = self.cached()
        if not process_group.broadcast(model is not None):
            with phases.measure("train"):
                model = learn(self.plan, split, self.execution.ctx, self.execution.observer, self.checkpoint)
            self._keep(model)
        return model if process_group.is_main else None

    def cached(self) -> TrainedModel | None:
        """Return the model from the cache, if it may be used and there is one of the same provenance."""
        folder, observer = self.execution.out, self.execution.observer
        if folder is None or not self.execution.reuse_model:
            return None
        try:
            cached = folder.cache.read(self.model_id)
        except BadRecord as error:
            observer.note(f"{error}: the model is trained again")
            return None
        if cached is None:
            observer.model_looked_up(self.model_id, cache_hit=False)
            return None
        if cached.provenance != self.provenance:
            versions = ", ".join(f"{name} {version}" for name, version in cached.provenance.items())
            observer.note(f"model {self.model_id} was made by {versions or 'an older hashbench'}: it is trained again")
            return None
        observer.model_looked_up(self.model_id, cache_hit=True)
        return TrainedModel(cached.users, cached.items, cached.training)

    def _checkpoint(self, folder: ResultsFolder, stage: str) -> CheckpointFile:
        file = folder.cache.training(self.stage_id(stage))
        return CheckpointFile(
            file, stage_provenance(self.plan, stage, self.execution.ctx), self.execution.observer.note
        )

    def _keep(self, model: TrainedModel) -> None:
        if self.execution.out is not None:
            cached = CachedModel(model.users, model.items, model.training, self.provenance)
            self.execution.out.write_model(self.model_id, cached)
