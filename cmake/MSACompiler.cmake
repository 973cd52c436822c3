# Finds LLVM and MLIR and declares how the compiler's libraries are built.

set(MLIR_DIR /usr/lib/llvm-22/lib/cmake/mlir CACHE PATH "MLIR's CMake package")
set(LLVM_DIR /usr/lib/llvm-22/lib/cmake/llvm CACHE PATH "LLVM's CMake package")
find_package(MLIR REQUIRED CONFIG)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "msa needs LLVM and MLIR 22, found ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}. "
          "Install libmlir-22-dev, or pass -DMLIR_DIR=.")
endif()
message(STATUS "msa: MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")

list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
# For mlir_tablegen, which reads the directory's include path.
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/include)

# How our libraries are compiled. They do not say which LLVM they are linked
# with; what is linked in the end does, and says it once: msa_mlir_shared (tools)
# or msa_mlir_static (the Python module). One process must hold one copy of MLIR
# of each name, so the two are never mixed.
add_library(msa_mlir INTERFACE)
target_include_directories(msa_mlir SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_include_directories(msa_mlir INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/include)
separate_arguments(_llvm_defs NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_options(msa_mlir INTERFACE ${_llvm_defs} -fno-exceptions
  $<$<CONFIG:Release>:-O1> -Wno-comment)
add_library(msa_mlir_shared INTERFACE)
target_link_libraries(msa_mlir_shared INTERFACE MLIR LLVM)

# For what is linked with archives of LLVM. Archives too where they can be had, so
# that the Python module needs nothing of the system that a bare one has not.
find_library(MSA_ZLIB NAMES libz.a z REQUIRED)
find_library(MSA_ZSTD NAMES libzstd.a zstd REQUIRED)
set(MSA_COMPRESSION ${MSA_ZLIB} ${MSA_ZSTD})

# Upstream's targets of archives name the shared libLLVM as their dependency, so
# the files are linked without it. Of a group of archives only what is used is
# taken.
function(msa_add_static_mlir)
  if(TARGET msa_mlir_static)
    return()
  endif()
  get_property(_mlir GLOBAL PROPERTY MLIR_ALL_LIBS)
  set(_files)
  foreach(_library IN LISTS _mlir LLVM_AVAILABLE_LIBS)
    if(EXISTS ${LLVM_LIBRARY_DIR}/lib${_library}.a)
      list(APPEND _files ${LLVM_LIBRARY_DIR}/lib${_library}.a)
    endif()
  endforeach()
  if(NOT _files)
    message(FATAL_ERROR "msa: no archives of LLVM in ${LLVM_LIBRARY_DIR}; the Python module needs them")
  endif()
  find_package(Threads REQUIRED)
  add_library(msa_mlir_static INTERFACE)
  target_link_libraries(msa_mlir_static INTERFACE -Wl,--start-group ${_files} -Wl,--end-group
    ${MSA_COMPRESSION} Threads::Threads ${CMAKE_DL_LIBS} rt m)
endfunction()

# lld links kernels within the process of the Python module. Without it `ld` is
# run, as by msa-compile.
option(MSA_USE_LLD "Link lld into the compiler where it is installed" ON)
set(MSA_LLD_LIBRARIES)
if(MSA_USE_LLD AND EXISTS ${LLVM_LIBRARY_DIR}/liblldELF.a AND EXISTS ${LLVM_INCLUDE_DIRS}/lld/Common/Driver.h)
  set(MSA_LLD_LIBRARIES ${LLVM_LIBRARY_DIR}/liblldELF.a ${LLVM_LIBRARY_DIR}/liblldCommon.a
    ${MSA_COMPRESSION})
else()
  message(STATUS "msa: no lld library: kernels are linked by `ld` of PATH (install liblld-22-dev)")
endif()

# Precompiled header shared by all compiler libraries. Never put NVVM or the
# GPU dialect's headers in it: they cost more than everything else together.
file(WRITE ${CMAKE_BINARY_DIR}/pch_anchor.cpp.in "// Anchor of the shared precompiled header.\n")
configure_file(${CMAKE_BINARY_DIR}/pch_anchor.cpp.in ${CMAKE_BINARY_DIR}/pch_anchor.cpp COPYONLY)
add_library(msa_pch STATIC ${CMAKE_BINARY_DIR}/pch_anchor.cpp)
target_link_libraries(msa_pch PUBLIC msa_mlir)
target_precompile_headers(msa_pch PRIVATE
  <mlir/Dialect/Arith/IR/Arith.h> <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/Linalg/IR/Linalg.h> <mlir/Dialect/Math/IR/Math.h>
  <mlir/Dialect/MemRef/IR/MemRef.h> <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Tensor/IR/Tensor.h> <mlir/IR/Builders.h>
  <mlir/IR/BuiltinOps.h> <mlir/IR/PatternMatch.h> <mlir/Pass/Pass.h>
  <mlir/Transforms/GreedyPatternRewriteDriver.h> <llvm/ADT/TypeSwitch.h>)

# msa_add_library(NAME sources... [DEPENDS tablegen targets] [LINK libraries])
# A library of the compiler. LINK names other msa libraries, upstream ones only.
function(msa_add_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC msa_mlir ${ARG_LINK})
  if(NOT ARG_NO_PCH)
    target_precompile_headers(${name} REUSE_FROM msa_pch)
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()
