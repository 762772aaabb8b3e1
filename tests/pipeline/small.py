"""A small data set and small runs, in this process."""

from hashbench.components.datasets.synthetic import Synthetic
from hashbench.observers import NullObserver
from hashbench.pipeline.context import ExecutionContext
from hashbench.pipeline.plan import RunPlan
from hashbench.protocols import LoadContext, RunContext
from hashbench.results.store import ResultsFolder

TINY = "synthetic:users=60,items=50,interactions=900"


class RecordingObserver(NullObserver):
    """Keeps notes, cache look-ups and the names of trained stages."""

    def __init__(self):
        self.notes, self.cache_hits, self.stages = [], [], []

    def note(self, message):
        self.notes.append(message)

    def model_looked_up(self, model_id, cache_hit):
        self.cache_hits.append(cache_hit)

    def stage_started(self, stage, n_steps, n_epochs, epochs_done):
        self.stages.append(stage)


def small_plan(encoder="mf:dim=8", head="lsh:bits=16", **changes):
    options = {"dataset": TINY, "retrievers": "hamming", "ks": (5,), "training": {"epochs": 1}}
    return RunPlan.from_specs(encoder=encoder, head=head, **(options | changes))


def small_execution(out=None, reuse_model=False, observer=None):
    observer = observer or RecordingObserver()
    folder = None if out is None else ResultsFolder(out)
    return ExecutionContext(RunContext(), LoadContext(notes=observer), observer, folder, reuse_model)


def small_split(plan):
    assert isinstance(plan.dataset, Synthetic)
    return plan.split.split(plan.dataset.load(LoadContext()), RunContext())
