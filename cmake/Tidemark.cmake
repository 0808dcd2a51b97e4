# SPDX-License-Identifier: Apache-2.0
# What every target of the project shares: warnings, include root, and the test helper.

# Compile options of the project's own code, never of found libraries.
add_library(tidemark_options INTERFACE)
target_include_directories(tidemark_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tidemark_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    # GCC 12 sees an overlap in std::string concatenation that is not there (GCC bug 105329).
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
    $<$<BOOL:${TIDEMARK_WERROR}>:-Werror>)

# tidemark_test(NAME SOURCES... [LIBRARIES ...] [LABELS ...]): one QtTest program, one ctest test.
# Runs offscreen; finds the checkout through TIDEMARK_SOURCE_DIR.
function(tidemark_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES} ${ARG_UNPARSED_ARGUMENTS})
    set_target_properties(${name} PROPERTIES AUTOMOC ON
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_link_libraries(${name} PRIVATE tidemark_options Qt6::Core Qt6::Test ${ARG_LIBRARIES})
    # Test code runs for milliseconds and would take longer to optimise than what it tests.
    target_compile_options(${name} PRIVATE -O0)
    target_compile_definitions(${name} PRIVATE
        TIDEMARK_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
        TIDEMARK_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    if(DEFINED ENV{TIDEMARK_SOAK})
        set(ARG_TIMEOUT 36000)
    endif()
    set_tests_properties(${name} PROPERTIES
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8"
        LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
