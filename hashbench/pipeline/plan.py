"""A run as it was asked for: components built from texts, and checked before anything starts."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
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
from hashbench.spec import canonical, identity, resolved, validated
from hashbench.training.options import TrainingOptions

TrainHead = Literal["joint", "post_hoc"]


@dataclass(frozen=True)
class RunPlan:
    """One model, the retrievers that search it, and the metrics at each k.

    `notes` tell the user where the plan differs from what was asked for; they are not part of what the plan is.
    """

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
    notes: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def from_specs(
        cls,
        *,
        dataset: str,
        system: str | None = None,
        encoder: str | None = None,
        head: str | None = None,
        split: str = defaults.SPLIT,
        objective: str | None = None,
        retrievers: Sequence[str] | str | None = None,
        train_head: str | None = None,
        training: dict[str, Any] | None = None,
        seed: int = defaults.SEED,
        ks: Iterable[int] | int = defaults.KS,
    ) -> RunPlan:
        """Build the components that texts such as "guided_ste:bits=64" describe, and check that they fit together.

        A system gives encoder, head, objective and training options; those that are given beside it replace its own.

        Raises:
            HashbenchError: A name is unknown, a parameter is wrong, or the parts do not fit together.
        """
        given = {"encoder": encoder, "head": head, "objective": objective, "train_head": train_head}
        texts = {part: text for part, text in given.items() if text is not None}
        training = training or {}
        if system is not None:
            published = shelves.find(shelves.SYSTEMS, system).value
            texts, training = published.parts() | texts, {**published.training, **training}
        for part in ("encoder", "head"):
            if part not in texts:
                raise BadParameter(f"no {part} is given; give --{part}, or --system (hashbench list systems)")
        built_head = shelves.create_component(shelves.HEADS, texts["head"])
        requested = texts.get("train_head")
        if requested not in (None, "joint", "post_hoc"):
            raise BadParameter(f"train_head must be 'joint' or 'post_hoc', got '{requested}'")
        built_encoder = shelves.create_component(shelves.ENCODERS, texts["encoder"])
        train_head_as = _train_head(built_encoder, built_head, requested)
        options = training_options(training)
        _check_embedding_loss(options, built_head, train_head_as)
        plan = cls(
            dataset=shelves.create_component(shelves.DATASETS, dataset),
            split=shelves.create_component(shelves.SPLITS, split),
            encoder=built_encoder,
            head=built_head,
            objective=shelves.create_component(shelves.OBJECTIVES, texts.get("objective", defaults.OBJECTIVE)),
            train_head=train_head_as,
            training=options,
            seed=_checked_seed(seed),
            retrievers=_retrievers(built_head, searchable_parts(built_head, options), retrievers),
            metrics=tuple(entry.value() for entry in shelves.shelf(shelves.METRICS).values()),
            ks=_checked_ks(ks),
            notes=_notes(built_head, train_head, train_head_as),
        )
        plan._check_max_k()
        return plan

    @classmethod
    def from_record(cls, record: RunRecord) -> RunPlan:
        """Build the plan that made a record."""
        spec = record.spec
        return cls.from_specs(
            dataset=spec["dataset"],
            split=spec["split"],
            encoder=spec["encoder"],
            head=spec["head"],
            objective=spec["objective"],
            train_head=spec["train_head"],
            seed=spec["seed"],
            retrievers=spec["retriever"],
            ks=spec["k"],
            training=record.resolved["training"],
        )

    @property
    def trains_encoder_alone(self) -> bool:
        """Whether the encoder is trained in a stage of its own, whose checkpoint serves other heads as well."""
        is_trained = not isinstance(self.encoder, FittedEncoder)
        return is_trained and (self.train_head == "post_hoc" or self.head.n_bits is None)

    def model_id(self, data: str) -> str:
        """Return the model's id, `data` being the split's fingerprint."""
        return identity(self.model_spec(data))

    def stage_id(self, stage: str, data: str) -> str:
        """Return the id of one training stage: "joint", "encoder" or "head"."""
        return identity(self.stage_spec(stage, data))

    def model_spec(self, data: str) -> dict[str, Any]:
        """Return the canonical description of the model, `data` being the split's fingerprint.

        The fingerprint is part of it, because the same name may mean different files on different machines.
        """
        return {
            "dataset": canonical(self.dataset),
            "split": canonical(self.split),
            "encoder": canonical(self.encoder),
            "head": canonical(self.head),
            "objective": canonical(self.objective),
            "training": canonical(self.training),
            "train_head": self.train_head,
            "seed": self.seed,
            "data": data,
        }

    def stage_spec(self, stage: str, data: str) -> dict[str, Any]:
        """Return the canonical description of one training stage.

        An encoder that is trained before a head is described as the same encoder without hashing, so both share it.
        """
        spec = self.model_spec(data) | {"stage": stage}
        if stage == "encoder" and self.train_head == "post_hoc":
            spec |= {"head": "continuous", "train_head": "joint"}
        return spec

    def run_spec(self, retriever: Retriever, data: str) -> dict[str, Any]:
        """Return the canonical description of one retriever's run; its hash is the run's id."""
        return self.model_spec(data) | {"retriever": canonical(retriever), "k": list(self.ks)}

    def resolved(self, retriever: Retriever) -> dict[str, Any]:
        """Return every component with all its parameters, defaults included."""
        return {
            "dataset": resolved(self.dataset),
            "split": resolved(self.split),
            "encoder": resolved(self.encoder),
            "head": resolved(self.head),
            "objective": resolved(self.objective),
            "retriever": resolved(retriever),
            "training": asdict(self.training),
        }

    def command(self, retriever: Retriever) -> str:
        """Return the command that repeats one retriever's run."""
        spec = self.run_spec(retriever, data="")
        words = ["hashbench run"]
        for part in ("encoder", "head", "dataset", "split", "objective", "retriever"):
            words += [f"--{part}", shlex.quote(spec[part])]
        words += ["--train-head", self.train_head, "--k", ",".join(map(str, self.ks)), "--seed", str(self.seed)]
        chosen = asdict(self.training)
        for option in fields(self.training):
            if chosen[option.name] != option.default:
                words += [f"--{option.name.replace('_', '-')}", str(chosen[option.name])]
        return " ".join(words)

    def check_ks(self, n_items: int) -> None:
        """Raise `BadParameter` if a k exceeds the number of items."""
        if max(self.ks) > n_items:
            name = canonical(self.dataset)
            raise BadParameter(
                f"k is {max(self.ks)}, but data set '{name}' has only {n_items:,} items; give a smaller --k"
            )

    def _check_max_k(self) -> None:
        for retriever in self.retrievers:
            if retriever.max_k is not None and max(self.ks) > retriever.max_k:
                raise BadParameter(
                    f"retriever '{canonical(retriever)}' ranks {retriever.max_k} items at most, "
                    f"but k is {max(self.ks)}; give a smaller --k or other parameters"
                )


def training_options(options: dict[str, Any]) -> TrainingOptions:
    """Return training options; unknown names and values out of range raise `BadParameter`."""
    names = [option.name for option in fields(TrainingOptions)]
    for name in options:
        if name not in names:
            raise BadParameter(
                f"there is no training option '{name}'; there are {', '.join(names)}.{did_you_mean(name, names)}"
            )
    return validated(TrainingOptions, options, "training")


def named_parts(parts: Iterable[Part]) -> str:
    """Return the parts that heads emit and retrievers need as messages name them: "codes and embeddings"."""
    return " and ".join(sorted(parts))


def searchable_parts(head: HashHead, training: TrainingOptions) -> frozenset[Part]:
    """Return the parts that a model gives to retrievers.

    These are the head's, and the encoder's embeddings if they are trained by a loss of their own.
    """
    return head.emits | {"embeddings"} if training.embedding_loss_weight else head.emits


def dedicated_retriever(head: HashHead) -> Retriever | None:
    """Return the retriever that a head is made for; None if its codes are searched like those of all heads."""
    return None if head.retriever is None else shelves.create_component(shelves.RETRIEVERS, head.retriever)


def default_retrievers(head: HashHead) -> list[Retriever]:
    """Return the retrievers for all heads, whether they fit this one or not, and the one that it is made for."""
    retrievers = [shelves.create_component(shelves.RETRIEVERS, name) for name in defaults.RETRIEVERS]
    dedicated = dedicated_retriever(head)
    return retrievers if dedicated is None else [*retrievers, dedicated]


def _train_head(encoder: Encoder, head: HashHead, requested: str | None) -> TrainHead:
    """Return how a head is trained; "joint" where it can be, unless "post_hoc" is requested."""
    if not isinstance(head, TrainableHead):
        return "post_hoc"
    if head.n_bits is None:  # it passes the embeddings on, so there is nothing to train after the encoder
        return "joint"
    return "post_hoc" if requested == "post_hoc" or isinstance(encoder, FittedEncoder) else "joint"


def _notes(head: HashHead, requested: str | None, train_head: TrainHead) -> tuple[str, ...]:
    if requested in (None, train_head):
        return ()
    return (f"head '{head.name}' can only be trained '{train_head}' here: train_head '{requested}' is ignored",)


def _check_embedding_loss(options: TrainingOptions, head: HashHead, train_head: TrainHead) -> None:
    fits = train_head == "joint" and head.n_bits is not None and dedicated_retriever(head) is None
    if options.embedding_loss_weight and not fits:
        raise BadParameter(
            "embedding_loss_weight goes with a hash head that is trained together with the encoder and searched by "
            f"its codes, which '{head.name}' is not here; leave it out"
        )


def _retrievers(head: HashHead, parts: frozenset[Part], texts: Sequence[str] | str | None) -> tuple[Retriever, ...]:
    fitting = tuple(retriever for retriever in default_retrievers(head) if retriever.needs <= parts)
    if texts is None:
        return fitting
    texts = [texts] if isinstance(texts, str) else texts
    if not texts:
        raise HashbenchError("no retriever is given; leave --retriever out for those that fit the hash head")
    retrievers = tuple(retriever for text in texts for retriever in shelves.create_each(shelves.RETRIEVERS, text))
    for retriever in retrievers:
        if missing := retriever.needs - parts:
            raise HashbenchError(
                f"hash head '{head.name}' gives no {named_parts(missing)}, which retriever '{retriever.name}' "
                f"searches; what fits it: {', '.join(fit.name for fit in fitting)}"
            )
    if len(set(retrievers)) < len(retrievers):
        raise HashbenchError("a retriever is given twice")
    return retrievers


def _checked_ks(ks: Iterable[int] | int) -> tuple[int, ...]:
    distinct = sorted({ks} if isinstance(ks, int) else set(ks))
    if not distinct or not all(isinstance(k, int) and k >= 1 for k in distinct):
        raise BadParameter("--k must name whole numbers from 1 up, such as 50,100")
    return tuple(distinct)


def _checked_seed(seed: int) -> int:
    if seed < 0:
        raise BadParameter(f"--seed must be at least 0, got {seed}")
    return seed
