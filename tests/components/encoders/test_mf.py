from hashbench.components.encoders.mf import MF

from .laws import TableEncoderTests


class TestMF(TableEncoderTests):
    component = MF()
