"""Writes a file of schedules that has the argument for causal.mlir's attention."""

import json
import sys

NAME = "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0 #msa.causal"
print(json.dumps({"version": 1, "schedules": [{"class": NAME, "schedule": sys.argv[1]}]}))
