"""From the operator's working tree to code that a machine can run: exact, immutable snapshots."""

from clearq_tui.capture.blob_file import Blob
from clearq_tui.capture.delivery import Delivery, Piece, archive, deliver
from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.files_on_disk import FilesOnDisk
from clearq_tui.capture.forget import forget_snapshots
from clearq_tui.capture.glance import Glance, glance
from clearq_tui.capture.remote import RemoteCode, code_from_json, fetch_files, resolve_remote
from clearq_tui.capture.snapshot import Counts, Repository, Snapshot, snapshot_from_json
from clearq_tui.capture.snapshot_files import SnapshotFiles
from clearq_tui.capture.take import capture

__all__ = [
    "Blob",
    "CaptureError",
    "Counts",
    "Delivery",
    "FilesOnDisk",
    "Glance",
    "Piece",
    "RemoteCode",
    "Repository",
    "Snapshot",
    "SnapshotFiles",
    "archive",
    "capture",
    "code_from_json",
    "deliver",
    "fetch_files",
    "forget_snapshots",
    "glance",
    "resolve_remote",
    "snapshot_from_json",
]
