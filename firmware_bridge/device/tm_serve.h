/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_SERVE_H
#define TM_SERVE_H

#include "tm_command.h"

/* Opens the port and the timers and serves commands for ever. */
void tm_serve(const tm_server_model* model, const tm_server_memory* memory);

#endif
