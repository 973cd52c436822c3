"""Writes a file of schedules that has the arguments, each SCHEDULE or SCHEDULE@DEVICE: for causal.mlir's attention, or for
product.mlir's product."""

import json
import sys

ATTEND = "attend bf16 d=128 batch=1 heads=2/2 queries=512 keys=512 window=0 bank=0 #msa.causal"
PRODUCT = "gemm mk,kn->mn bf16->bf16 m=512 n=512 k=256"
entries = []
for argument in sys.argv[1:]:
    schedule, at, device = argument.partition("@")
    entries.append({"class": PRODUCT if "gemm_schedule" in schedule else ATTEND, "schedule": schedule,
                    **({"device": device} if at else {})})
print(json.dumps({"version": 1, "schedules": entries}))
