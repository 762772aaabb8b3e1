from hashbench.components.encoders.lightgcn import LightGCN

from .laws import TableEncoderTests


class TestLightGCN(TableEncoderTests):
    component = LightGCN()
