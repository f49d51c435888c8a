"""Images from the laptop for machines that cannot pull them: taken apart into blobs by layers.

A layer that a machine has does not travel again, and one that was cut off on its way goes on.
"""

from __future__ import annotations

from clearq_tui.images.bring import BroughtImage, blobs_of, bring_image
from clearq_tui.images.platform import platform_of

__all__ = ["BroughtImage", "blobs_of", "bring_image", "platform_of"]
