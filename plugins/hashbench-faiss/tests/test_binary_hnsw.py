from hashbench_faiss.binary_hnsw import BinaryHNSW

from hashbench.testing import RetrieverTests


# Graphs over 30 items are scanned, so all laws hold. Walks cannot keep the law of ties: they meet equals by chance,
# and if there are more than an item has links, they lose sight of each other. test_search.py has the laws of walks.
class TestBinaryHNSW(RetrieverTests):
    component = BinaryHNSW()
