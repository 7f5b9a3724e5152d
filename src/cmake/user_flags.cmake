# SPDX-License-Identifier: BSL-1.0
# The flags a user's file would be compiled with, as a response file for what calls the compiler itself: its path is
# FUSEGRAD_USER_FLAGS.
set(FUSEGRAD_USER_FLAGS "${PROJECT_BINARY_DIR}/user_flags.txt")
if(NOT TARGET fusegrad_user)
  file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/user.cpp" CONTENT "")
  add_library(fusegrad_user OBJECT "${PROJECT_BINARY_DIR}/user.cpp")
  target_link_libraries(fusegrad_user PRIVATE fusegrad)
  # Naming the system's own directory again would break the order that #include_next relies on.
  set(include_dirs "$<FILTER:$<TARGET_PROPERTY:fusegrad_user,INCLUDE_DIRECTORIES>,EXCLUDE,^(/usr/include|${PROJECT_SOURCE_DIR}/include)$>")
  separate_arguments(user_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")
  list(JOIN user_flags "\n" user_flags)
  file(GENERATE OUTPUT "${FUSEGRAD_USER_FLAGS}" CONTENT
"-std=c++20
-I\"${PROJECT_SOURCE_DIR}/include\"
$<$<BOOL:${include_dirs}>:-isystem\"$<JOIN:${include_dirs},\"\n-isystem\">\">
${user_flags}
")
endif()
