from hashbench_faiss.binary_flat import BinaryFlat

from hashbench.testing import RetrieverTests


class TestBinaryFlat(RetrieverTests):
    component = BinaryFlat()
