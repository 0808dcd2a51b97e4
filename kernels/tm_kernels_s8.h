/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_KERNELS_S8_H
#define TM_KERNELS_S8_H

/*
 * The int8 kernels, under the contract of tm_kernels.h and with the arithmetic of TensorFlow Lite
 * Micro's reference kernels: real = scale * (stored - zero point), sums in int32, results
 * multiplied by {multiplier, shift}: multiplier * 2^(shift - 31), rounded twice (first the doubled
 * high half of the product, then the shift). Sums are exact, so their order is free.
 *
 * Offsets are what is added to a stored value: minus the zero point of inputs and weights, plus
 * that of outputs. act_min and act_max are stored values. Rows and weights are aligned to 1 byte,
 * int32 constants to 4.
 */

#include "tm_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How the sum of two stored values is requantised: both to a common scale, 20 bits up, then down to
 * the output. Multipliers are below 1, shifts are not positive. */
typedef struct tm_add_s8_scales {
    int32_t a_offset, a_multiplier, a_shift;
    int32_t b_offset, b_multiplier, b_shift;
    int32_t out_multiplier, out_shift, out_offset;
    int32_t act_min, act_max;
} tm_add_s8_scales;

/*
 * Convolution with bias, optional max-pool or residual (kernels/generic/tm_conv_s8.h). Row step
 * and residual as of tm_conv_f32. Scales of output channel o: numbers o * scale_step * 2 (the
 * multiplier) and + 1 (the shift) of `scales`, so scale_step is 1, or 0 where all are one.
 * Padding stands for real 0. The pool compares requantised values.
 */
typedef struct tm_conv_s8_params {
    const int8_t* weights; /* [out_channels][kernel_h][kernel_w][in_channels / groups] */
    const int32_t* bias;   /* [out_channels], or NULL */
    const int32_t* scales; /* [out_channels or 1][2] */
    int32_t scale_step;
    int32_t in_width, in_channels;
    int32_t out_width, out_channels;
    int32_t groups;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_left;
    int32_t pool_h, pool_w;
    int32_t pool_stride_h, pool_stride_w;
    int32_t pool_dilation_h, pool_dilation_w;
    int32_t in_offset, weight_offset, out_offset;
    int32_t act_min, act_max;
    int32_t residual;
    tm_add_s8_scales sum; /* a: the convolution's result, b: the residual */
} tm_conv_s8_params;

/* Max-pool and clamp (kernels/generic/tm_maxpool_s8.h). Row step: stride_h. */
typedef struct tm_maxpool_s8_params {
    int32_t in_width, channels, out_width;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_left;
    int32_t act_min, act_max;
} tm_maxpool_s8_params;

/* Mean of the stored values under each window, rounded half away from zero, then clamped
 * (kernels/generic/tm_avgpool_s8.h). Padding that counts has the input's zero point. Where input
 * and output differ in scale (multiplier != 0) the mean is requantised. Row step: stride_h. */
typedef struct tm_avgpool_s8_params {
    int32_t in_width, channels, out_width;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_left;
    int32_t count_pad, pad_right;
    int32_t in_offset, multiplier, shift, out_offset;
    int32_t act_min, act_max;
} tm_avgpool_s8_params;

/* Fully connected (kernels/generic/tm_fc_s8.h); shapes as of tm_fc_f32, scales as of tm_conv_s8. */
typedef struct tm_fc_s8_params {
    const int8_t* weights; /* [outputs][in_rows][row_elements] */
    const int32_t* bias;   /* [outputs], or NULL */
    const int32_t* scales; /* [outputs or 1][2] */
    int32_t scale_step;
    int32_t in_rows, row_elements, outputs;
    int32_t in_offset, weight_offset, out_offset;
    int32_t act_min, act_max;
} tm_fc_s8_params;

/* A row times a matrix (kernels/generic/tm_matmul_s8.h); src_rows as of tm_matmul_f32. */
typedef struct tm_matmul_s8_params {
    const int8_t* weights; /* [outputs][inputs], or NULL */
    const int32_t* bias;   /* [outputs], or NULL */
    const int32_t* scales; /* [outputs or 1][2] */
    int32_t scale_step;
    int32_t inputs, outputs, transposed;
    int32_t in_offset, weight_offset, out_offset;
    int32_t act_min, act_max;
} tm_matmul_s8_params;

/*
 * Reductions (kernels/generic/tm_reduce_s8.h); rows and axes as of tm_reduce_f32. TM_MEAN and
 * TM_SUM: the sum of (stored + in_offset) times {multiplier, shift}, plus out_offset; a mean's
 * multiplier holds the division. With `divides` the mean is the multiplied sum divided by the
 * count, rounded half away from zero. TM_MAX and TM_MIN compare stored values.
 */
typedef struct tm_reduce_s8_params {
    int32_t kind;
    int32_t in_rows, width, channels;
    int32_t over_width, over_channels;
    int32_t in_offset, multiplier, shift, out_offset;
    int32_t divides;
    int32_t act_min, act_max;
} tm_reduce_s8_params;

/* Clamp alone (kernels/generic/tm_clamp_s8.h). Row step: 1. inplace(i) for every i. */
typedef struct tm_clamp_s8_params {
    int32_t row_elements;
    int32_t act_min, act_max;
} tm_clamp_s8_params;

/* Any function of one stored byte (kernels/generic/tm_lookup.h): the byte, as unsigned, is the
 * index. Row step: 1. inplace(i) for every i. */
typedef struct tm_lookup_params {
    const uint8_t* table; /* [256] */
    int32_t row_bytes;
} tm_lookup_params;

/* kernels/generic/tm_prelu_s8.h; src_rows as of tm_prelu_f32, both int8. */
typedef struct tm_prelu_s8_params {
    int32_t row_elements, period;
    int32_t in_offset, slope_offset, out_offset;
    int32_t multiplier, shift;             /* x >= 0 */
    int32_t slope_multiplier, slope_shift; /* x < 0 */
} tm_prelu_s8_params;

/* Over the at most 4095 channels of each pixel, scale 1 / 256, zero point -128, in fixed point
 * (kernels/generic/tm_softmax_s8.h). Row step: 1. inplace(i) for every i. */
typedef struct tm_softmax_s8_params {
    int32_t width, channels;
    int32_t multiplier, shift; /* of a difference, to 5 integer bits */
    int32_t least;             /* differences below give 0 */
    int32_t* scratch;          /* [channels], or NULL: every exponential is then computed twice */
} tm_softmax_s8_params;

/* Logarithm of tm_softmax_s8, scale 1 / 16, zero point 127 (kernels/generic/tm_logsoftmax_s8.h).
 * Row step: 1. inplace(i) for every i. */
typedef struct tm_logsoftmax_s8_params {
    int32_t width, channels;
    int32_t multiplier, shift; /* as of tm_softmax_s8 */
    int32_t least;
    int32_t reverse_multiplier, reverse_shift; /* from 5 integer bits back to a difference */
} tm_logsoftmax_s8_params;

/* a + b or a - b (kernels/generic/tm_add_s8.h); src_rows and broadcasting as of tm_binary_f32. */
typedef struct tm_add_s8_params {
    int32_t subtract;
    int32_t width, channels;
    int32_t a_width, a_channels, b_width, b_channels;
    tm_add_s8_scales sum;
} tm_add_s8_params;

/* a * b (kernels/generic/tm_mul_s8.h); src_rows and broadcasting as of tm_binary_f32. */
typedef struct tm_mul_s8_params {
    int32_t width, channels;
    int32_t a_width, a_channels, b_width, b_channels;
    int32_t a_offset, b_offset;
    int32_t multiplier, shift, out_offset;
    int32_t act_min, act_max;
} tm_mul_s8_params;

/* TM_DIV, TM_MINIMUM, TM_MAXIMUM in real numbers, quantised half away from zero
 * (kernels/generic/tm_real_s8.h); src_rows and broadcasting as of tm_binary_f32. */
typedef struct tm_real_s8_params {
    int32_t function;
    int32_t width, channels;
    int32_t a_width, a_channels, b_width, b_channels;
    int32_t a_offset, b_offset, out_offset;
    float a_scale, b_scale, out_scale;
    int32_t act_min, act_max;
} tm_real_s8_params;

/* x / scale, rounded half away from zero, plus offset, clamped (kernels/generic/tm_quantize_s8.h).
 * float to int8, or uint8 with is_unsigned. Row step: 1. */
typedef struct tm_quantize_s8_params {
    int32_t row_elements, offset, is_unsigned;
    float scale;
} tm_quantize_s8_params;

/* scale * (stored + offset): int8, or uint8, to float (kernels/generic/tm_dequantize_s8.h).
 * Row step: 1. */
typedef struct tm_dequantize_s8_params {
    int32_t row_elements, offset, is_unsigned;
    float scale;
} tm_dequantize_s8_params;

/* As tm_resize_f32, with shares in 1/1024 (kernels/generic/tm_resize_s8.h). */
typedef struct tm_resize_s8_params {
    const int32_t* columns; /* [out_width][2] */
    const int32_t* shares;  /* [out_width] */
    int32_t out_width, channels;
} tm_resize_s8_params;

/* As tm_argmax_f32 (kernels/generic/tm_argmax_s8.h). */
typedef struct tm_argmax_s8_params {
    int32_t axis, in_rows, width, channels;
    int32_t last, smallest;
    int32_t out_bytes;
} tm_argmax_s8_params;

/* Row by row, as tm_fc_f32_begin and its family; accumulators are int32. */
#ifdef TM_KERNELS_EXTERN
void tm_fc_s8_begin(int32_t* acc, const tm_fc_s8_params* params);
void tm_fc_s8_add(int32_t* acc, const void* src_row, int32_t row_index,
                  const tm_fc_s8_params* params);
void tm_fc_s8_end(void* dst_row, const int32_t* acc, const tm_fc_s8_params* params);
void tm_reduce_s8_begin(int32_t* acc, const tm_reduce_s8_params* params);
void tm_reduce_s8_add(int32_t* acc, const void* src_row, int32_t row_index,
                      const tm_reduce_s8_params* params);
void tm_reduce_s8_end(void* dst_row, const int32_t* acc, const tm_reduce_s8_params* params);

TM_DECLARE_KERNEL(conv_s8)
TM_DECLARE_KERNEL(maxpool_s8)
TM_DECLARE_KERNEL(avgpool_s8)
TM_DECLARE_KERNEL(fc_s8)
TM_DECLARE_KERNEL(matmul_s8)
TM_DECLARE_KERNEL(reduce_s8)
TM_DECLARE_KERNEL(clamp_s8)
TM_DECLARE_KERNEL(lookup)
TM_DECLARE_KERNEL(prelu_s8)
TM_DECLARE_KERNEL(softmax_s8)
TM_DECLARE_KERNEL(logsoftmax_s8)
TM_DECLARE_KERNEL(add_s8)
TM_DECLARE_KERNEL(mul_s8)
TM_DECLARE_KERNEL(real_s8)
TM_DECLARE_KERNEL(quantize_s8)
TM_DECLARE_KERNEL(dequantize_s8)
TM_DECLARE_KERNEL(resize_s8)
TM_DECLARE_KERNEL(argmax_s8)
#endif

#ifdef __cplusplus
}
#endif

#endif
