"""What a machine without a network needs, fetched on the laptop and made into blobs."""

from __future__ import annotations

from clearq_tui.provisioning.kept_blobs import KeptBlob, keep_as_blob

__all__ = ["KeptBlob", "keep_as_blob"]
