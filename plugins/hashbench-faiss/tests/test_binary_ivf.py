from hashbench_faiss.binary_ivf import BinaryIVF

from hashbench.testing import RetrieverTests


class TestBinaryIVF(RetrieverTests):
    component = BinaryIVF()


class TestBinaryIVFOfManyLists(RetrieverTests):
    component = BinaryIVF(nlist=30, nprobe=1)
