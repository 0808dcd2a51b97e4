/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_KERNELS_H
#define TM_KERNELS_H

/*
 * The row contract: every kernel makes output rows from pointers to the input rows it needs.
 *
 *     void kernel(void* const* dst_rows, int32_t n_rows,
 *                 const void* const* src_rows, const kernel_params* params);
 *
 * Row        One H index of an NHWC tensor of batch 1: width x channels elements without gaps.
 *            A 1-D tensor is one row of width 1.
 * dst_rows   n_rows >= 1 pointers, one per output row, top to bottom.
 * src_rows   Pointers to the input rows, counted from the topmost row under the window of
 *            dst_rows[0]: src_rows[k] lies k rows below it. The windows of two neighbouring output
 *            rows begin `row step` entries apart (see each kernel). NULL is a row of padding.
 *            An entry that no window element falls on (dilation) is never looked at. Rows may lie
 *            anywhere, in any order: in a full tensor, in a ring, in two tensors.
 * params     Constant for the life of the program. Generated code passes literals, so that the
 *            compiler makes one specialised copy per stage.
 *
 * What a kernel may touch: it reads the rows of src_rows and its constants, it writes every byte
 * of the rows of dst_rows and nothing else. All src_rows stay intact until it returns and no
 * dst row may overlap a src row, except where a kernel says `inplace(i)`: there dst_rows[i] may be
 * the very pointer src_rows[i]. No order of loops inside a row may be relied upon.
 *
 * Alignment: fp32 rows and constants are aligned to 4 bytes. No kernel assumes more than its
 * element's alignment unless its comment says so.
 *
 * Scratch: memory that a kernel needs during one call and not between calls. The function
 * NAME_scratch_bytes beside each kernel says how much; it is a buffer of the plan like any other,
 * aligned to 8 and handed over in the params. The kernels of generic/ need none.
 *
 * Arithmetic: each sum is taken in the order its kernel's comment gives. Compiled without
 * contraction (-ffp-contract=off) and without -ffast-math, every IEEE 754 machine, with or without
 * a floating-point unit, gives the same bits.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * How kernels are linked. By default every translation unit that includes a kernel's file gets a
 * copy that is folded into its caller together with the caller's literal params. With
 * TM_KERNELS_EXTERN they are ordinary functions, declared below and defined once.
 */
#if defined(__GNUC__)
#define TM_INLINE static inline __attribute__((always_inline))
#else
#define TM_INLINE static inline
#endif
#ifdef TM_KERNELS_EXTERN
#define TM_KERNEL
#else
#define TM_KERNEL TM_INLINE
#endif

/* `inf` of <math.h>, which freestanding compilers do not have. */
#if defined(__GNUC__)
#define TM_INFINITY (__builtin_inff())
#define TM_NAN (__builtin_nanf(""))
#else
#include <math.h>
#define TM_INFINITY INFINITY
#define TM_NAN NAN
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Convolution with bias, optional max-pool and clamp (kernels/generic/tm_conv_f32.h).
 * Row step: stride_h * pool_stride_h.
 */
typedef struct tm_conv_f32_params {
    const float* weights; /* [out_channels][kernel_h][kernel_w][in_channels / groups] */
    const float* bias;    /* [out_channels], or NULL */
    int32_t in_width, in_channels;
    int32_t out_width, out_channels; /* of a row of dst, after the pool */
    int32_t groups;                  /* divides in_channels and out_channels */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_left;       /* the right-hand pad follows from the widths */
    int32_t pool_h, pool_w; /* 1, 1 without a pool; the pool itself has no padding */
    int32_t pool_stride_h, pool_stride_w;
    int32_t pool_dilation_h, pool_dilation_w;
    float act_min, act_max; /* clamp; -TM_INFINITY and TM_INFINITY leave values alone */
} tm_conv_f32_params;

/* Max-pool; padding never wins (kernels/generic/tm_maxpool_f32.h). Row step: stride_h. */
typedef struct tm_maxpool_f32_params {
    int32_t in_width, channels, out_width;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_left;
} tm_maxpool_f32_params;

/*
 * Fully connected with bias and clamp (kernels/generic/tm_fc_f32.h). One output row of `outputs`
 * elements; the input is `in_rows` rows of `row_elements` in turn, in_rows = 1 where they are
 * contiguous.
 */
typedef struct tm_fc_f32_params {
    const float* weights; /* [outputs][in_rows][row_elements] */
    const float* bias;    /* [outputs], or NULL */
    int32_t in_rows, row_elements, outputs;
    float act_min, act_max;
} tm_fc_f32_params;

/* Clamp alone (kernels/generic/tm_clamp_f32.h). Row step: 1. inplace(i) for every i. */
typedef struct tm_clamp_f32_params {
    int32_t row_elements;
    float act_min, act_max;
} tm_clamp_f32_params;

#ifdef TM_KERNELS_EXTERN
void tm_conv_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                 const tm_conv_f32_params* params);
void tm_maxpool_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                    const tm_maxpool_f32_params* params);
void tm_fc_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
               const tm_fc_f32_params* params);
void tm_clamp_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                  const tm_clamp_f32_params* params);

size_t tm_conv_f32_scratch_bytes(const tm_conv_f32_params* params);
size_t tm_maxpool_f32_scratch_bytes(const tm_maxpool_f32_params* params);
size_t tm_fc_f32_scratch_bytes(const tm_fc_f32_params* params);
size_t tm_clamp_f32_scratch_bytes(const tm_clamp_f32_params* params);
#endif

/* Fills `table` with the `count` entries of src_rows for a window whose topmost row is row `top` of
 * a full tensor of `rows` rows at `base`: NULL above and below the tensor. */
TM_INLINE void tm_window_rows(const void** table, int32_t count, const void* base, int32_t rows,
                              int32_t row_bytes, int32_t top)
{
    for (int32_t k = 0; k < count; ++k) {
        const int32_t row = top + k;
        table[k] =
            row < 0 || row >= rows ? NULL : (const unsigned char*)base + (ptrdiff_t)row * row_bytes;
    }
}

/* Which taps of a window of `kernel` elements, `dilation` apart and beginning at `first`, fall on
 * [0, width): taps begin <= k < end; none where end <= begin. */
typedef struct tm_taps {
    int32_t begin, end;
} tm_taps;

TM_INLINE tm_taps tm_taps_inside(int32_t first, int32_t kernel, int32_t dilation, int32_t width)
{
    tm_taps taps;
    const int32_t room = width - first; /* elements from `first` to the right edge */
    taps.begin = first < 0 ? (dilation - 1 - first) / dilation : 0;
    taps.end = room <= 0 ? 0 : (room + dilation - 1) / dilation;
    if (taps.end > kernel) {
        taps.end = kernel;
    }
    return taps;
}

TM_INLINE float tm_clamp_value_f32(float value, float min, float max)
{
    if (value < min) {
        value = min;
    }
    if (value > max) {
        value = max;
    }
    return value;
}

/* sum + a[0] * b[0] + a[1] * b[1] + ..., in that order. */
TM_INLINE float tm_dot_f32(float sum, const float* a, const float* b, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

#ifdef __cplusplus
}
#endif

#endif
