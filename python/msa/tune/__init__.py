"""Measures schedules of attention and products on this machine's GPU and keeps the best: docs/Tuning.md.

    python -m msa.tune model.mlir

Nobody must: the compiler has a table of defaults. What is legal is the compiler's to say (msa-compile refuses the rest
and tells why); what is right is that results agree with those of the default; what is quick is measured in turns with
it. What was found goes to schedules.json of the user's cache, which msa-compile and msa.compile read.
"""

from ..schedules import destination, document, read, write
from .candidates import AttendSchedule, GemmSchedule, Schedule, neighbours, parse
from .classes import Compiler, find_compiler
from .climb import GAIN, Found, Measured, Measurer, search, tune

__all__ = ["AttendSchedule", "Compiler", "Found", "GAIN", "GemmSchedule", "Measured", "Measurer", "Schedule",
           "destination", "document", "find_compiler", "neighbours", "parse", "read", "search", "tune", "write"]
