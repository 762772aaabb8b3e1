from hashbench.components.encoders.gcn import GCN

from .laws import TableEncoderTests


class TestGCN(TableEncoderTests):
    component = GCN()
