"""faiss as an untyped module, because its stubs are incomplete."""

from __future__ import annotations

from typing import Any

import faiss as stubbed

faiss: Any = stubbed
