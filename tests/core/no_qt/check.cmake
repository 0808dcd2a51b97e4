# SPDX-License-Identifier: Apache-2.0
file(GLOB_RECURSE files ${SOURCE_DIR}/core/*.h ${SOURCE_DIR}/core/*.cpp
    ${SOURCE_DIR}/kernels/*.h ${SOURCE_DIR}/kernels/*.c)
list(LENGTH files count)
if(count LESS 40)
    message(FATAL_ERROR "found only ${count} core files: this test looks in the wrong place")
endif()
foreach(file IN LISTS files)
    file(STRINGS ${file} lines REGEX "#[ \t]*include[ \t]*[<\"](Q[A-Z]|Qt)")
    if(lines)
        message(FATAL_ERROR "${file} includes Qt: ${lines}")
    endif()
endforeach()

execute_process(COMMAND ${READELF} -d ${PROGRAM} OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
if(NOT dynamic MATCHES "NEEDED")
    message(FATAL_ERROR "no dynamic section read from ${PROGRAM}")
endif()
if(dynamic MATCHES "libQt")
    message(FATAL_ERROR "the core links Qt:\n${dynamic}")
endif()

execute_process(
    COMMAND ${PROGRAM} ${SOURCE_DIR}/resources/examples/lenet5.onnx
        ${SOURCE_DIR}/resources/boards/apollo4p_evb.json
    OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0 OR NOT output STREQUAL "8800\n")
    message(FATAL_ERROR "the core alone plans '${output}' (exit ${result}) instead of 8800")
endif()
