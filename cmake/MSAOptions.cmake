# Compiler launcher, warnings and sanitizers shared by every target.

if(MSA_USE_CCACHE)
  find_program(MSA_CCACHE ccache)
  if(MSA_CCACHE)
    # Precompiled headers need these two; base_dir lets several checkouts share
    # one cache.
    set(_launcher ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${MSA_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${_launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${_launcher})
  endif()
endif()

add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(MSA_SANITIZE)
  add_compile_options(-fsanitize=${MSA_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${MSA_SANITIZE})
endif()
