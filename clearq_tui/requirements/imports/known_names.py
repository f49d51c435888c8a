"""Distributions whose names differ from the modules that they bring."""

from __future__ import annotations

from collections.abc import Sequence

_KNOWN = {
    "absl": "absl-py",
    "attr": "attrs",
    "Bio": "biopython",
    "Box2D": "box2d-py",
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "Levenshtein": "python-Levenshtein",
    "MySQLdb": "mysqlclient",
    "OpenGL": "PyOpenGL",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "bs4": "beautifulsoup4",
    "cairo": "pycairo",
    "community": "python-louvain",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "discord": "discord.py",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "gi": "PyGObject",
    "git": "GitPython",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "haiku": "dm-haiku",
    "hydra": "hydra-core",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "nacl": "PyNaCl",
    "osgeo": "GDAL",
    "paho": "paho-mqtt",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "pynvml": "nvidia-ml-py",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "shapefile": "pyshp",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "sksurv": "scikit-survival",
    "slugify": "python-slugify",
    "snappy": "python-snappy",
    "socks": "PySocks",
    "sonnet": "dm-sonnet",
    "telegram": "python-telegram-bot",
    "tree": "dm-tree",
    "umap": "umap-learn",
    "usb": "pyusb",
    "vtkmodules": "vtk",
    "websocket": "websocket-client",
    "win32api": "pywin32",
    "win32con": "pywin32",
    "wx": "wxPython",
    "xdg": "pyxdg",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
_SHARED = {"google.cloud": "google-cloud", "azure": "azure"}
"""Packages whose parts are distributions of their own, named by the next part."""


def distribution_named(names: Sequence[str]) -> str:
    """The distribution that probably has a module nobody here has; its own name if none is known.

    Args:
        names: The dotted name and those of what is taken from it, the most telling one counts.
    """
    for name in sorted(names, key=lambda name: -name.count(".")):
        parts = name.split(".")
        for count in range(len(parts), 0, -1):
            start = ".".join(parts[:count])
            if start in _KNOWN:
                return _KNOWN[start]
            if start in _SHARED and len(parts) > count:
                return f"{_SHARED[start]}-{parts[count]}".replace("_", "-")
    return names[0].split(".")[0].replace("_", "-")
