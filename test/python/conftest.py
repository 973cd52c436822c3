"""Finds the package: the one of the build folder (MSA_BUILD, or build), else the sources without their native half. What
tests compile is kept below the build folder: they neither read nor fill the user's cache."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("MSA_BUILD", os.path.join(ROOT, "build"))
BUILT = os.path.join(BUILD, "python")
for folder in (os.path.join(ROOT, "benchmarks"), os.path.join(ROOT, "examples"), HERE,
               BUILT if os.path.isdir(os.path.join(BUILT, "msa")) else os.path.join(ROOT, "python")):
    sys.path.insert(0, folder)
os.environ["MSA_CACHE_DIR"] = os.path.join(os.path.abspath(BUILD), "test-cache")
os.environ.pop("MSA_GPU_DEVICE", None)
