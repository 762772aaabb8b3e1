"""From axes to cells: each combination once, what is left out with its reason."""

from hashbench.grids.cells import expand
from hashbench.grids.experiment_file import parse
from hashbench.spec import canonical

AXES = {"dataset": "synthetic", "encoder": ["mf", "lightgcn"], "head": ["continuous", "lsh", "guided_ste"]}


def cells(**tables):
    expansion = expand(parse(tables, "x.toml"))
    return [
        (canonical(cell.plan.encoder), canonical(cell.plan.head), cell.plan.train_head, cell.plan.seed)
        for cell in expansion.cells
    ], expansion


def test_axes_are_combined_each_with_each():
    named, expansion = cells(axes=AXES | {"seed": [0, 1]})
    assert len(named) == len(set(named)) == 2 * 3 * 2
    assert named[:3] == [
        ("mf", "continuous", "joint", 0),
        ("mf", "continuous", "joint", 1),
        ("mf", "lsh", "post_hoc", 0),
    ]
    assert expansion.skipped == {}
    assert searches(expansion)[0] == ("continuous", "continuous")
    assert searches(expansion)[2] == ("lsh", "continuous", "hierarchical", "hamming")


def test_bits_go_to_every_head_that_has_bits_and_names_none():
    named, _ = cells(axes=AXES | {"encoder": "mf", "bits": [16, 64], "head": ["continuous", "lsh", "lsh:bits=8"]})
    assert [head for _, head, _, _ in named] == ["continuous", "lsh:bits=16", "lsh:bits=64", "lsh:bits=8"]


def test_a_list_of_numbers_in_a_component_is_one_each():
    named, _ = cells(axes=AXES | {"encoder": "mf:dim=8,16", "head": "lsh"})
    assert [encoder for encoder, *_ in named] == ["mf:dim=8", "mf:dim=16"]


def test_what_is_the_same_model_is_trained_once():
    named, _ = cells(axes=AXES | {"encoder": "mf", "train_head": ["joint", "post_hoc"]})
    assert named == [
        ("mf", "continuous", "joint", 0),
        ("mf", "lsh", "post_hoc", 0),
        ("mf", "guided_ste", "joint", 0),
        ("mf", "guided_ste", "post_hoc", 0),
    ]


def test_training_options_make_axes():
    _, expansion = cells(axes=AXES | {"encoder": "mf", "head": "lsh"}, training={"lr": [0.1, 0.2], "epochs": 3})
    assert [(cell.plan.training.lr, cell.plan.training.epochs) for cell in expansion.cells] == [(0.1, 3), (0.2, 3)]


def test_exclude_leaves_out_where_all_of_a_rule_matches():
    named, expansion = cells(
        axes=AXES | {"bits": [16, 32]},
        exclude=[{"encoder": "mf", "head": "lsh:bits=16"}, {"head": "guided_ste", "bits": [16]}],
    )
    assert ("mf", "lsh:bits=16", "post_hoc", 0) not in named
    assert ("lightgcn", "lsh:bits=16", "post_hoc", 0) in named
    assert [head for _, head, _, _ in named if head.startswith("guided")] == ["guided_ste", "guided_ste"]
    assert expansion.skipped == {"left out by exclude[0]": 1, "left out by exclude[1]": 2}


def test_include_adds_what_is_excluded_elsewhere_and_other_values():
    named, _ = cells(
        axes=AXES | {"head": "lsh"},
        exclude=[{"encoder": "mf"}],
        include=[{"encoder": "mf", "seed": [7]}, {"encoder": "sage"}],
    )
    assert named == [("lightgcn", "lsh", "post_hoc", 0), ("mf", "lsh", "post_hoc", 7), ("sage", "lsh", "post_hoc", 0)]


def searches(expansion):
    return [(cell.plan.head.name, *map(canonical, cell.plan.retrievers)) for cell in expansion.cells]


def test_exclude_with_a_retriever_leaves_out_that_search_alone():
    _, expansion = cells(
        axes=AXES | {"encoder": "mf", "head": ["lsh", "guided_ste"]},
        search={"retriever": ["hamming", "hierarchical:candidates=20,200"], "k": [10]},
        exclude=[
            {"head": "lsh", "retriever": "hierarchical:candidates=20"},
            {"head": "guided_ste", "retriever": ["hierarchical:candidates=20,200", "continuous"]},
        ],
    )
    assert searches(expansion) == [("lsh", "hamming", "hierarchical:candidates=200"), ("guided_ste", "hamming")]
    assert expansion.skipped == {"left out by exclude[0]": 1, "left out by exclude[1]": 1}
    retrievers = [texts for _, *texts in searches(expansion)]
    assert [cell.arguments["retrievers"] for cell in expansion.cells] == retrievers


def test_a_model_all_of_whose_searches_are_left_out_is_none():
    _, expansion = cells(
        axes=AXES | {"encoder": "mf", "head": ["lsh", "continuous"]},
        search={"retriever": ["hamming", "continuous"]},
        exclude=[{"head": "lsh", "retriever": "hamming"}, {"retriever": "continuous"}],
    )
    assert searches(expansion) == []


def test_include_is_searched_by_its_own_retrievers():
    _, expansion = cells(
        axes=AXES | {"encoder": "mf", "head": "lsh"},
        search={"retriever": "hamming"},
        include=[{"head": "guided_ste", "retriever": ["hierarchical"]}, {"head": "hashnet"}],
    )
    assert searches(expansion) == [("lsh", "hamming"), ("guided_ste", "hierarchical"), ("hashnet", "hamming")]


def test_what_is_included_of_a_model_joins_its_searches():
    _, expansion = cells(
        axes=AXES | {"encoder": "mf", "head": "lsh"},
        search={"retriever": ["hamming", "continuous"]},
        include=[{"head": "lsh", "retriever": ["hamming", "hierarchical"]}],
    )
    assert searches(expansion) == [("lsh", "hamming", "continuous", "hierarchical")]
    assert expansion.cells[0].arguments["retrievers"] == ["hamming", "continuous", "hierarchical"]


def test_retrievers_are_taken_as_far_as_they_fit():
    _, expansion = cells(
        axes=AXES | {"encoder": "mf", "head": ["continuous", "lsh"]},
        search={"retriever": ["hamming", "hierarchical:candidates=20,200"], "k": [100]},
    )
    assert [[*map(canonical, cell.plan.retrievers)] for cell in expansion.cells] == [
        ["hamming", "hierarchical:candidates=200"]
    ]
    assert expansion.skipped == {
        "retriever 'hamming' searches codes, which head 'continuous' lacks": 1,
        "retriever 'hierarchical' searches codes, which head 'continuous' lacks": 2,
        "no retriever fits head 'continuous'": 1,
        "retriever 'hierarchical:candidates=20' ranks 20 items, and k is 100": 1,
    }


def test_systems_are_their_parts_and_the_files_training_comes_first():
    _, expansion = cells(
        axes={"dataset": "synthetic", "system": ["hashgnn_sp", "hashlgn"], "bits": [16], "seed": [0, 1]},
        training={"epochs": 3},
        include=[{"encoder": "mf", "head": "lsh"}, {"system": "lsh", "seed": 5}],
    )
    plans = [cell.plan for cell in expansion.cells]
    described = [
        (
            canonical(plan.encoder),
            canonical(plan.head),
            canonical(plan.objective),
            plan.train_head,
            plan.seed,
            plan.training.epochs,
        )
        for plan in plans
    ]
    assert described == [
        ("sage", "guided_ste:bits=16", "hashgnn", "post_hoc", 0, 3),
        ("sage", "guided_ste:bits=16", "hashgnn", "post_hoc", 1, 3),
        ("lightgcn", "hashlgn:bits=64", "bpr", "joint", 0, 3),
        ("lightgcn", "hashlgn:bits=64", "bpr", "joint", 1, 3),
        ("mf", "lsh:bits=16", "bpr", "post_hoc", 0, 3),
        ("mf", "lsh:bits=16", "bpr", "post_hoc", 1, 3),
        ("sage", "lsh:bits=16", "hashgnn", "post_hoc", 5, 3),
    ]
    assert "asymmetric" in {retriever.name for retriever in plans[2].retrievers}
