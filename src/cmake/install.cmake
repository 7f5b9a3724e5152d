# SPDX-License-Identifier: BSL-1.0
# Installs headers, library and the CMake package, so that find_package(fusegrad) works.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(fusegrad_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/fusegrad")
set(fusegrad_generated "${CMAKE_CURRENT_BINARY_DIR}/cmake")

install(TARGETS fusegrad fusegrad_native EXPORT fusegradTargets)
install(DIRECTORY include/fusegrad DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(EXPORT fusegradTargets NAMESPACE fusegrad:: DESTINATION "${fusegrad_package_dir}")

configure_package_config_file(src/cmake/fusegradConfig.cmake.in "${fusegrad_generated}/fusegradConfig.cmake"
  INSTALL_DESTINATION "${fusegrad_package_dir}")
write_basic_package_version_file("${fusegrad_generated}/fusegradConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${fusegrad_generated}/fusegradConfig.cmake" "${fusegrad_generated}/fusegradConfigVersion.cmake"
  src/cmake/dependencies.cmake src/cmake/versions.cmake src/cmake/localise.sh
  DESTINATION "${fusegrad_package_dir}")
