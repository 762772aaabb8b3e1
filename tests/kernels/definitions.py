"""What a kernel computes by definition: the functions that its docstring defines."""

import doctest
from importlib import import_module


def definition_of(module, name):
    """Run the examples in the docstring of a kernel module, and return the function of that name."""
    documented = import_module(f"hashbench.kernels.{module}")
    examples = doctest.DocTestParser().get_doctest(documented.__doc__, {}, module, documented.__file__, 0)
    runner = doctest.DocTestRunner(verbose=False)
    names = examples.globs
    failed, _ = runner.run(examples, clear_globs=False)
    assert not failed
    return names[name]
