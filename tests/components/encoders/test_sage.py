from hashbench.components.encoders.sage import Sage

from .laws import TableEncoderTests


class TestSage(TableEncoderTests):
    component = Sage()
