"""The library itself, untyped: its stubs lack parts of what it has."""

from __future__ import annotations

from typing import Any

import faiss as stubbed

faiss: Any = stubbed
