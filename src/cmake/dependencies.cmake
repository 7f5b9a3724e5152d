# SPDX-License-Identifier: BSL-1.0
# The third-party libraries of fusegrad. Read by its own build and by the installed package alike.

# A parent project that says add_subdirectory(fusegrad) must see these targets too.
set(fusegrad_targets_were_global "${CMAKE_FIND_PACKAGE_TARGETS_GLOBAL}")
if(NOT CMAKE_FIND_PACKAGE_NAME STREQUAL "fusegrad")
  set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
endif()

include(CMakeFindDependencyMacro)
find_package(Threads REQUIRED)
find_package(TBB CONFIG REQUIRED)
find_package(Boost 1.74 CONFIG REQUIRED COMPONENTS headers iostreams)

# By its headers: the CMake package of some xsimd versions asks the linker for the header-only xtl.
find_path(FUSEGRAD_XSIMD_INCLUDE_DIR xsimd/xsimd.hpp REQUIRED)
mark_as_advanced(FUSEGRAD_XSIMD_INCLUDE_DIR)
if(NOT TARGET fusegrad::xsimd)
  add_library(fusegrad::xsimd INTERFACE IMPORTED GLOBAL)
  set_target_properties(fusegrad::xsimd PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${FUSEGRAD_XSIMD_INCLUDE_DIR}"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${FUSEGRAD_XSIMD_INCLUDE_DIR}")
endif()

set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL "${fusegrad_targets_were_global}")
unset(fusegrad_targets_were_global)
