"""Parts of an experiment: some of its data sets, systems or seeds."""

from __future__ import annotations

from collections.abc import Sequence

from hashbench.grids.experiment import Axes, Experiment, Rule


def of_datasets(experiment: Experiment, datasets: Sequence[str], seeds: Sequence[int] | None = None) -> Experiment:
    """Return the experiment on these data sets alone, with these seeds, or its own if None."""
    axes = experiment.axes
    chosen_seeds = axes.seed if seeds is None else list(seeds)
    return _replace(experiment, _axes(axes, list(datasets), axes.system, chosen_seeds), experiment.include)


def of_system(experiment: Experiment, system: str, dataset: str | None = None) -> Experiment:
    """Return the experiment with one system, on one data set or all of its own, without inclusions."""
    axes = experiment.axes
    datasets = axes.dataset if dataset is None else [dataset]
    return _replace(experiment, _axes(axes, datasets, [system], axes.seed), [])


def _axes(axes: Axes, dataset: list[str], system: list[str] | None, seed: list[int]) -> Axes:
    return Axes(
        dataset=dataset,
        system=system,
        encoder=axes.encoder,
        head=axes.head,
        bits=axes.bits,
        split=axes.split,
        objective=axes.objective,
        train_head=axes.train_head,
        seed=seed,
    )


def _replace(experiment: Experiment, axes: Axes, include: list[Rule]) -> Experiment:
    return Experiment(
        name=experiment.name,
        description=experiment.description,
        axes=axes,
        training=experiment.training,
        search=experiment.search,
        exclude=experiment.exclude,
        include=include,
        budget=experiment.budget,
        tune=experiment.tune,
    )
