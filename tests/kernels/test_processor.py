import os
import subprocess
import sys

import pytest

from hashbench.kernels.processor import AVX_512, JIT


@pytest.mark.parametrize("settings", [{"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_CPU_NAME": "haswell"}])
def test_numbas_settings_count(settings):
    text = "from hashbench.kernels.processor import AVX_512, JIT; print(AVX_512, JIT)"
    environment = os.environ | {"NUMBA_CPU_FEATURES": "", "NUMBA_DISABLE_JIT": "0"} | settings
    printed = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environment, check=True)
    assert printed.stdout.split() == ["False", str("NUMBA_CPU_NAME" in settings)]


def test_vectors_need_the_jit():
    assert JIT or not AVX_512
