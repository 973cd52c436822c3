# cmake -DFROM=A -DTO=B -P LinkTree.cmake
# Links in B to everything in A, so that changes of A are seen at once; links to
# what is gone are removed.
file(MAKE_DIRECTORY ${TO})
file(GLOB _there LIST_DIRECTORIES true ${TO}/*)
foreach(_file IN LISTS _there)
  if(IS_SYMLINK ${_file} AND NOT EXISTS ${_file})
    file(REMOVE ${_file})
  endif()
endforeach()
file(GLOB _files LIST_DIRECTORIES true ${FROM}/*)
foreach(_file IN LISTS _files)
  get_filename_component(_name ${_file} NAME)
  if(NOT _name STREQUAL "__pycache__")
    file(CREATE_LINK ${_file} ${TO}/${_name} SYMBOLIC)
  endif()
endforeach()
