# SPDX-License-Identifier: BSL-1.0
# One program for several instruction sets. Read by fusegrad's own build and by the installed package alike.

# fusegrad_add_versions(<target> SOURCES <file>... VERSIONS <baseline|avx2|avx512>... [LIBRARIES <library>...])
#
# Compiles the sources once per version, each time with FUSEGRAD_VERSION defined as the name of a namespace:
# compiled_for_baseline, compiled_for_avx2 or compiled_for_avx512. <target> gets the functions and variables that
# are defined in this namespace and are neither inline nor templates; everything else that the sources define or
# instantiate is local to its version, so that the linker cannot merge it with what the rest of the program uses.
# Libraries: fusegrad::fusegrad unless named. docs/instruction_sets.md says what the rest of the program must keep to.
function(fusegrad_add_versions target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;VERSIONS;LIBRARIES")
  set(where "fusegrad_add_versions(${target})")
  if(NOT TARGET ${target} OR arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES OR NOT arg_VERSIONS)
    message(FATAL_ERROR "${where}: expected a target, then SOURCES <file>... VERSIONS <version>... "
      "[LIBRARIES <library>...], found ${ARGV}")
  endif()
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    message(FATAL_ERROR "${where}: versions are for x86-64, found ${CMAKE_SYSTEM_PROCESSOR}")
  endif()
  if(NOT DEFINED arg_LIBRARIES)
    set(arg_LIBRARIES fusegrad::fusegrad)
  endif()
  if("fusegrad::native" IN_LIST arg_LIBRARIES)
    message(FATAL_ERROR "${where}: expected fusegrad::fusegrad, found fusegrad::native, which asks for this machine")
  endif()
  # llvm-objcopy and lld know too little of section groups.
  find_program(FUSEGRAD_LD NAMES ld.bfd ld REQUIRED)
  find_program(FUSEGRAD_OBJCOPY NAMES objcopy REQUIRED)
  find_program(FUSEGRAD_OBJDUMP NAMES objdump REQUIRED)
  mark_as_advanced(FUSEGRAD_LD FUSEGRAD_OBJCOPY FUSEGRAD_OBJDUMP)

  set(march_baseline x86-64)
  set(march_avx2 x86-64-v3)
  set(march_avx512 x86-64-v4)
  get_target_property(type ${target} TYPE)
  foreach(version IN LISTS arg_VERSIONS)
    if(NOT DEFINED march_${version})
      message(FATAL_ERROR "${where}: expected a version out of baseline, avx2, avx512, found ${version}")
    endif()
    set(objects ${target}_for_${version})
    add_library(${objects} OBJECT ${arg_SOURCES})
    target_link_libraries(${objects} PRIVATE ${arg_LIBRARIES})
    target_compile_definitions(${objects} PRIVATE FUSEGRAD_VERSION=compiled_for_${version})
    # One section per function is what the check of static initialisers goes by; unique symbols cannot be made local.
    target_compile_options(${objects} PRIVATE
      -march=${march_${version}} -fno-lto -ffunction-sections -fdata-sections
      $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    set_target_properties(${objects} PROPERTIES CXX_EXTENSIONS OFF INTERPROCEDURAL_OPTIMIZATION OFF)
    if(NOT type STREQUAL "EXECUTABLE")
      set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    endif()

    set(merged "${CMAKE_CURRENT_BINARY_DIR}/${objects}.o")
    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/localise.sh")
    add_custom_command(OUTPUT "${merged}"
      COMMAND sh "${script}" "${FUSEGRAD_LD}" "${FUSEGRAD_OBJCOPY}" "${FUSEGRAD_OBJDUMP}"
        compiled_for_${version} "${merged}" $<TARGET_OBJECTS:${objects}>
      DEPENDS ${objects} $<TARGET_OBJECTS:${objects}> "${script}"
      COMMENT "Making ${target} for ${version} local" COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties("${merged}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
    target_sources(${target} PRIVATE "${merged}")
  endforeach()
endfunction()
