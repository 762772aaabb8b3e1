"""A run as it was asked for, resolved and checked before anything starts."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from hashbench.errors import BadParameter, HashbenchError, did_you_mean
from hashbench.pipeline import defaults
from hashbench.protocols import (
    Dataset,
    Encoder,
    FittedEncoder,
    HashHead,
    Metric,
    Objective,
    Part,
    Retriever,
    Splitter,
    TrainableHead,
)
from hashbench.registry import shelves
from hashbench.results.record import RunRecord
from hashbench.spec import canonical, resolved, validated
from hashbench.training.options import TrainingOptions

TrainHead = Literal["joint", "post_hoc"]


@dataclass(frozen=True)
class RunPlan:
    """One model and the retrievers that search it, the metrics at each k, and the seed."""

    dataset: Dataset
    split: Splitter
    encoder: Encoder
    head: HashHead
    objective: Objective
    train_head: TrainHead
    training: TrainingOptions
    seed: int
    retrievers: tuple[Retriever, ...]
    metrics: tuple[Metric, ...]
    ks: tuple[int, ...]

    @classmethod
    def from_specs(
        cls,
        *,
        dataset: str,
        encoder: str,
        head: str,
        split: str = defaults.SPLIT,
        objective: str = defaults.OBJECTIVE,
        retrievers: Sequence[str] | str | None = None,
        train_head: str | None = None,
        training: dict[str, Any] | None = None,
        seed: int = defaults.SEED,
        ks: Iterable[int] | int = defaults.KS,
    ) -> RunPlan:
        """Resolve texts such as "guided_ste:bits=64"; whatever is wrong with them is one `HashbenchError`."""
        the_head = shelves.create_component(shelves.HEADS, head)
        if train_head not in (None, "joint", "post_hoc"):
            raise BadParameter(f"train_head must be 'joint' or 'post_hoc', got '{train_head}'")
        the_encoder = shelves.create_component(shelves.ENCODERS, encoder)
        # A head without codes passes the embeddings on: there is nothing to train after the encoder.
        wanted = train_head == "post_hoc" or isinstance(the_encoder, FittedEncoder)
        after = not isinstance(the_head, TrainableHead) or (wanted and the_head.n_bits is not None)
        options = training_options(training or {})
        if options.embedding_loss_weight and (after or the_head.n_bits is None or search_of(the_head) is not None):
            raise BadParameter(
                "embedding_loss_weight goes with a hash head that is trained together with the encoder and searched by its "
                f"codes, which '{the_head.name}' is not here; leave it out"
            )
        plan = cls(
            dataset=shelves.create_component(shelves.DATASETS, dataset),
            split=shelves.create_component(shelves.SPLITS, split),
            encoder=the_encoder,
            head=the_head,
            objective=shelves.create_component(shelves.OBJECTIVES, objective),
            train_head="post_hoc" if after else "joint",
            training=options,
            seed=_checked_seed(seed),
            retrievers=_retrievers(the_head, emitted(the_head, options), retrievers),
            metrics=tuple(entry.value() for entry in shelves.shelf(shelves.METRICS).values()),
            ks=_checked_ks(ks),
        )
        plan._check_depth()
        return plan

    @classmethod
    def from_record(cls, record: RunRecord) -> RunPlan:
        """Resolve what a record was made by."""
        spec = record.spec
        parts = ("dataset", "split", "encoder", "head", "objective", "train_head", "seed")
        training = record.resolved["training"]
        return cls.from_specs(
            **{part: spec[part] for part in parts}, retrievers=spec["retriever"], training=training, ks=spec["k"]
        )

    def model_spec(self, data: str) -> dict[str, Any]:
        """Return the canonical description of the model, `data` being the split's fingerprint.

        Its hash is the model's id: what one name stands for may differ from place to place.
        """
        components = ("dataset", "split", "encoder", "head", "objective", "training")
        described: dict[str, Any] = {part: canonical(getattr(self, part)) for part in components}
        return described | {"train_head": self.train_head, "seed": self.seed, "data": data}

    def stage_spec(self, stage: str, data: str) -> dict[str, Any]:
        """Return the canonical description of one stage of the training: "joint", "encoder" or "head".

        What is trained as "encoder" before a head is what the same encoder without hashing is.
        """
        spec = self.model_spec(data) | {"stage": stage}
        if stage == "encoder" and self.train_head == "post_hoc":
            spec |= {"head": "continuous", "train_head": "joint"}
        return spec

    def run_spec(self, retriever: Retriever, data: str) -> dict[str, Any]:
        """Return the canonical description of one retriever's run; its hash is the run's id."""
        return self.model_spec(data) | {"retriever": canonical(retriever), "k": list(self.ks)}

    def resolved(self, retriever: Retriever) -> dict[str, Any]:
        """Return every component with all its parameters, defaults spelt out."""
        components = ("dataset", "split", "encoder", "head", "objective")
        described: dict[str, Any] = {part: resolved(getattr(self, part)) for part in components}
        return described | {"retriever": resolved(retriever), "training": asdict(self.training)}

    def command(self, retriever: Retriever) -> str:
        """Return the command that repeats one retriever's run."""
        spec = self.run_spec(retriever, data="")
        words = ["hashbench run"]
        for part in ("encoder", "head", "dataset", "split", "objective", "retriever"):
            words += [f"--{part}", shlex.quote(spec[part])]
        words += ["--train-head", self.train_head, "--k", ",".join(map(str, self.ks)), "--seed", str(self.seed)]
        for field in fields(self.training):
            if (value := getattr(self.training, field.name)) != field.default:
                words += [f"--{field.name.replace('_', '-')}", str(value)]
        return " ".join(words)

    def check_catalogue(self, n_items: int) -> None:
        """Check each k against the number of items."""
        if max(self.ks) > n_items:
            name = canonical(self.dataset)
            raise BadParameter(
                f"k is {max(self.ks)}, but data set '{name}' has only {n_items:,} items; give a smaller --k"
            )

    def _check_depth(self) -> None:
        for retriever in self.retrievers:
            if retriever.max_k is not None and max(self.ks) > retriever.max_k:
                raise BadParameter(
                    f"retriever '{canonical(retriever)}' ranks {retriever.max_k} items at most, "
                    f"but k is {max(self.ks)}; give a smaller --k or other parameters"
                )


def training_options(given: dict[str, Any]) -> TrainingOptions:
    """Build training options; unknown and out-of-range ones are `BadParameter`."""
    known = [field.name for field in fields(TrainingOptions)]
    for name in given:
        if name not in known:
            raise BadParameter(
                f"there is no training option '{name}'; there are {', '.join(known)}.{did_you_mean(name, known)}"
            )
    return validated(TrainingOptions, given, "training")


def named_parts(parts: Iterable[str]) -> str:
    """Return what messages call the parts that heads emit and retrievers need."""
    return " and ".join({"codes": "codes", "embeddings": "embeddings"}[part] for part in sorted(parts))


def emitted(head: HashHead, training: TrainingOptions) -> frozenset[Part]:
    """Return what a model gives to be searched: the head's parts, and embeddings where these are trained too."""
    return head.emits | {"embeddings"} if training.embedding_loss_weight else head.emits


def search_of(head: HashHead) -> Retriever | None:
    """Return the search that a head is made for, where that is not one of all codes."""
    return None if head.retriever is None else shelves.create_component(shelves.RETRIEVERS, head.retriever)


def default_retrievers(head: HashHead) -> list[Retriever]:
    """Return those that search every head as far as they fit, and the one that this head is made for."""
    own = search_of(head)
    every = [shelves.create_component(shelves.RETRIEVERS, name) for name in defaults.RETRIEVERS]
    return every if own is None else [*every, own]


def _retrievers(head: HashHead, parts: frozenset[Part], texts: Sequence[str] | str | None) -> tuple[Retriever, ...]:
    fitting = tuple(retriever for retriever in default_retrievers(head) if retriever.needs <= parts)
    if texts is None:
        return fitting
    texts = [texts] if isinstance(texts, str) else texts
    if not texts:
        raise HashbenchError("no retriever is given; leave --retriever out for those that fit the hash head")
    chosen = tuple(one for text in texts for one in shelves.create_each(shelves.RETRIEVERS, text))
    for retriever in chosen:
        if missing := retriever.needs - parts:
            raise HashbenchError(
                f"hash head '{head.name}' gives no {named_parts(missing)}, which retriever '{retriever.name}' "
                f"searches; what fits it: {', '.join(one.name for one in fitting)}"
            )
    if len(set(chosen)) < len(chosen):
        raise HashbenchError("a retriever is given twice")
    return chosen


def _checked_ks(ks: Iterable[int] | int) -> tuple[int, ...]:
    given = sorted({ks} if isinstance(ks, int) else set(ks))
    if not given or not all(isinstance(k, int) and k >= 1 for k in given):
        raise BadParameter("--k must name whole numbers from 1 up, such as 50,100")
    return tuple(given)


def _checked_seed(seed: int) -> int:
    if seed < 0:
        raise BadParameter(f"--seed must be at least 0, got {seed}")
    return seed
