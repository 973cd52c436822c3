# cmake -DNM=nm -DMODULE=x.so -P CheckModule.cmake
# An extension module must offer its PyInit and nothing else, and must need
# nothing but the interpreter, libc, libm and libstdc++.
execute_process(COMMAND ${NM} -D --defined-only ${MODULE} OUTPUT_VARIABLE _defined COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "[^\n]* (A|T) PyInit_[a-z_]*\n" "" _defined "${_defined}")
if(_defined)
  message(FATAL_ERROR "${MODULE} shows more than its entry:\n${_defined}")
endif()
execute_process(COMMAND ${NM} -D --undefined-only ${MODULE} OUTPUT_VARIABLE _undefined COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "[^\n]* [wv] [^\n]*\n" "" _undefined "${_undefined}") # weak ones may be missing
string(REGEX MATCHALL "[^ \n]*(llvm|mlir|lld|Polly|msa)[^\n]*" _ours "${_undefined}")
if(_ours)
  message(FATAL_ERROR "${MODULE} lacks: ${_ours}")
endif()
