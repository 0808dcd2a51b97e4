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

# Headers that most files of a target read, parsed once. GCC has to say in what it preprocesses that
# it did so, or ccache keeps nothing.
function(tidemark_precompile target)
    list(TRANSFORM ARGN REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:<\\1$<ANGLE-R>>"
        OUTPUT_VARIABLE headers)
    target_precompile_headers(${target} PRIVATE ${headers})
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)
endfunction()

# Test code runs for milliseconds and would take longer to optimise than what it tests. Qt's names
# of a test's own folders differ from test to test, which keeps headers from being shared.
set(TIDEMARK_TEST_OPTIONS -O0 $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
    -UQT_TESTCASE_BUILDDIR -UQT_TESTCASE_SOURCEDIR)

# The headers of Qt's tests, which take longer to read than what most tests say, are compiled once
# for programs without a window and once for those with one: target_precompile_headers shares what
# was compiled with the same macros.
function(tidemark_test_headers target)
    set(shared tidemark_test_headers)
    if("tidemark_studio" IN_LIST ARGN)
        set(shared tidemark_window_test_headers)
    endif()
    if(NOT TARGET ${shared})
        file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${shared}.cpp
            CONTENT "int main() { return 0; }\n")
        add_executable(${shared} ${CMAKE_CURRENT_BINARY_DIR}/${shared}.cpp)
        set_target_properties(${shared} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
        get_target_property(libraries ${target} LINK_LIBRARIES)
        target_link_libraries(${shared} PRIVATE ${libraries})
        target_compile_options(${shared} PRIVATE ${TIDEMARK_TEST_OPTIONS})
        target_precompile_headers(${shared} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:<QtTest$<ANGLE-R>>")
    endif()
    target_precompile_headers(${target} REUSE_FROM ${shared})
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources INCLUDE REGEX "\\.c$")
    set_source_files_properties(${sources} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# tidemark_test(NAME SOURCES... [LIBRARIES ...] [LABELS ...]): one QtTest program, one ctest test.
# Runs offscreen; finds the checkout through TIDEMARK_SOURCE_DIR.
function(tidemark_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES} ${ARG_UNPARSED_ARGUMENTS})
    set_target_properties(${name} PROPERTIES AUTOMOC ON
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_link_libraries(${name} PRIVATE tidemark_options Qt6::Core Qt6::Test ${ARG_LIBRARIES})
    target_compile_options(${name} PRIVATE ${TIDEMARK_TEST_OPTIONS})
    tidemark_test_headers(${name} ${ARG_LIBRARIES})
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
