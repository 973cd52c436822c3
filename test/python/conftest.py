"""Finds the package: the one of the build folder (MSA_BUILD, or build), else the sources without their native half."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILT = os.path.join(os.environ.get("MSA_BUILD", os.path.join(ROOT, "build")), "python")
for folder in (os.path.join(ROOT, "benchmarks"), os.path.join(ROOT, "examples"), HERE,
               BUILT if os.path.isdir(os.path.join(BUILT, "msa")) else os.path.join(ROOT, "python")):
    sys.path.insert(0, folder)
