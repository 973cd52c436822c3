"""lit configuration: .mlir and .test files below test/, run with the tools of
the build folder and LLVM's FileCheck."""

import os
import shutil

import lit.formats

config.name = "msa"
config.test_format = lit.formats.ShTest(not lit_config.useValgrind)
config.suffixes = [".mlir", ".test"]
config.excludes = ["python", "runtime", "unittests", "fuzz", "Inputs"]
config.test_source_root = os.path.join(config.msa_source, "test")
config.test_exec_root = os.path.join(config.msa_build, "test", "lit")
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.msa_build, "bin"), config.llvm_tools, os.environ["PATH"]])
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"
# No schedules of whoever runs the tests.
config.environment["MSA_CACHE"] = "off"
config.environment.pop("MSA_GPU_DEVICE", None)
config.substitutions.append(("%examples", os.path.join(config.msa_source, "examples")))
config.substitutions.append(("%source", config.msa_source))
config.substitutions.append(("%python", "/usr/bin/python3"))
config.substitutions.append(("%fakecuda", os.path.join(config.msa_build, "test", "runtime", "fakecuda-new")))
if shutil.which("ptxas", path=config.environment["PATH"] + ":/usr/local/cuda/bin"):
    config.available_features.add("ptxas")
    config.environment["PATH"] += ":/usr/local/cuda/bin"
