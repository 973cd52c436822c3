#!/bin/sh
# For msa-reduce: 1 where the module still uses state after its update, else 0.
msa-opt -msa-check-linear "$1" 2>&1 | grep -q 'use of state after its update' && exit 1
exit 0
