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
 *            A kernel of several inputs gets their tables one after the other, in the order its
 *            comment gives, and is called with n_rows = 1. An "input" may be a constant whose rows
 *            belong to output rows (an operand, a record).
 * params     Constant for the life of the program. Generated code passes literals, so that the
 *            compiler makes one specialised copy per stage.
 *
 * What a kernel may touch: it reads the rows of src_rows and its constants, it writes every byte
 * of the rows of dst_rows and nothing else. All src_rows stay intact until it returns and no
 * dst row may overlap a src row, except where a kernel says `inplace(i)`: there dst_rows[i] may be
 * the very pointer src_rows[i]. No order of loops inside a row may be relied upon.
 *
 * Types: names end in what they work on. _f32: float. _s8: int8 in TensorFlow Lite's scheme
 * (tm_kernels_s8.h). Others move elements of any type. No kernel calls a library: functions of
 * floats come from generic/tm_math.h.
 *
 * Alignment: fp32 rows and constants are aligned to 4 bytes. No kernel assumes more than its
 * element's alignment unless its comment says so.
 *
 * Scratch: memory that a kernel needs during one call and not between calls. The function
 * NAME_scratch_bytes beside each kernel says how much; it is a buffer of the plan like any other,
 * aligned to 8 and handed over as params->scratch, the one field that is no pointer to constants.
 * Without it, NULL, a kernel of generic/ takes longer and gives the same bits.
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

/* Every kernel is a function tm_NAME and the bytes of scratch it needs. */
#define TM_DECLARE_KERNEL(name)                                                                    \
    void tm_##name(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,             \
                   const tm_##name##_params* params);                                              \
    size_t tm_##name##_scratch_bytes(const tm_##name##_params* params);

/* Most kernels of generic/ need none. */
#define TM_NO_SCRATCH(name)                                                                        \
    TM_KERNEL size_t tm_##name##_scratch_bytes(const tm_##name##_params* p)                        \
    {                                                                                              \
        (void)p;                                                                                   \
        return 0;                                                                                  \
    }

/*
 * Convolution with bias, optional max-pool or residual, and clamp (kernels/generic/tm_conv_f32.h).
 * Row step: stride_h * pool_stride_h. With a residual the last entry of src_rows is the row that
 * is added to the clamped result; inplace for that entry.
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
    float act_min, act_max;         /* clamp; -TM_INFINITY and TM_INFINITY leave values alone */
    int32_t residual;               /* index in src_rows of the residual's row; 0 = none */
    float sum_act_min, sum_act_max; /* clamp after the addition */
} tm_conv_f32_params;

/* Max-pool and clamp; padding never wins (kernels/generic/tm_maxpool_f32.h). Row step: stride_h. */
typedef struct tm_maxpool_f32_params {
    int32_t in_width, channels, out_width;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_left;
    float act_min, act_max;
} tm_maxpool_f32_params;

/*
 * Mean under each window and clamp (kernels/generic/tm_avgpool_f32.h). Row step: stride_h. A
 * window's sum is divided by the elements that lie inside the tensor, or by all of the window's
 * that lie inside the padded tensor where padding counts.
 */
typedef struct tm_avgpool_f32_params {
    int32_t in_width, channels, out_width;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_left;
    int32_t count_pad, pad_right;
    float act_min, act_max;
} tm_avgpool_f32_params;

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

/*
 * A row times a matrix, bias and clamp (kernels/generic/tm_matmul_f32.h). src_rows: the row of
 * `inputs` elements; without `weights` then the matrix: `inputs` rows of `outputs` elements, or
 * `outputs` rows of `inputs` where it is transposed.
 */
typedef struct tm_matmul_f32_params {
    const float* weights; /* [outputs][inputs], or NULL */
    const float* bias;    /* [outputs], or NULL */
    int32_t inputs, outputs, transposed;
    float act_min, act_max;
} tm_matmul_f32_params;

/* Over which axes a reduction goes. TM_MEAN and TM_SUM add rows, then columns, then channels. */
enum { TM_MEAN, TM_SUM, TM_MAX, TM_MIN };
/*
 * Reduction and clamp (kernels/generic/tm_reduce_f32.h). src_rows: in_rows rows of width x
 * channels, all of a tensor where rows are reduced, else 1. What is left is dst.
 */
typedef struct tm_reduce_f32_params {
    int32_t kind; /* TM_MEAN, ... */
    int32_t in_rows, width, channels;
    int32_t over_width, over_channels; /* 0 or 1; over the rows always */
    float act_min, act_max;
} tm_reduce_f32_params;

/* Clamp alone (kernels/generic/tm_clamp_f32.h). Row step: 1. inplace(i) for every i. */
typedef struct tm_clamp_f32_params {
    int32_t row_elements;
    float act_min, act_max;
} tm_clamp_f32_params;

/* Functions of one float, as ONNX defines them (kernels/generic/tm_unary_f32.h). */
enum {
    TM_IDENTITY,
    TM_LEAKY_RELU,
    TM_ELU,
    TM_SELU,
    TM_SIGMOID,
    TM_TANH,
    TM_HARD_SIGMOID,
    TM_HARD_SWISH,
    TM_SOFTPLUS,
    TM_SOFTSIGN,
    TM_THRESHOLDED_RELU,
    TM_EXP,
    TM_LOG,
    TM_SQRT,
    TM_RSQRT,
    TM_RECIPROCAL,
    TM_ABS,
    TM_NEGATE,
    TM_ERF,
    TM_GELU,
    TM_SQUARE
};
/* Row step: 1. inplace(i) for every i. */
typedef struct tm_unary_f32_params {
    int32_t function, row_elements;
    float alpha, beta;
} tm_unary_f32_params;

/* x < 0 ? slope * x : x (kernels/generic/tm_prelu_f32.h). src_rows: the row, the row of slopes,
 * of which element i uses number i % period. inplace for the first. */
typedef struct tm_prelu_f32_params {
    int32_t row_elements, period;
} tm_prelu_f32_params;

/* exp(beta x) / sum, or its logarithm, over the channels of each pixel
 * (kernels/generic/tm_softmax_f32.h). Row step: 1. inplace(i) for every i. */
typedef struct tm_softmax_f32_params {
    int32_t width, channels, logarithm;
    float beta;
} tm_softmax_f32_params;

enum { TM_ADD, TM_SUB, TM_MUL, TM_DIV, TM_MINIMUM, TM_MAXIMUM };
/* Elementwise with clamp (kernels/generic/tm_binary_f32.h). src_rows: a row of each operand. An
 * operand's width or channels may be 1: it is repeated. inplace for an operand of dst's size. */
typedef struct tm_binary_f32_params {
    int32_t function; /* TM_ADD, ... */
    int32_t width, channels;
    int32_t a_width, a_channels, b_width, b_channels;
    float act_min, act_max;
} tm_binary_f32_params;

/* Copies rows (kernels/generic/tm_copy.h). Row step: 1. */
typedef struct tm_copy_params {
    int32_t row_bytes;
} tm_copy_params;

/*
 * Inputs side by side (kernels/generic/tm_concat.h). src_rows: a row of each input, NULL where it
 * has no part in the output row. dst is `outer` times lengths[0] bytes of the first, lengths[1] of
 * the second, ...
 */
typedef struct tm_concat_params {
    const int32_t* lengths; /* [inputs] */
    const uint8_t* tables;  /* [inputs][256]: what each byte becomes; or NULL */
    int32_t inputs, outer;
} tm_concat_params;

enum { TM_PAD_CONSTANT, TM_PAD_EDGE, TM_PAD_REFLECT };
/* A row with pads on both sides of its pixels and of each pixel's channels
 * (kernels/generic/tm_pad.h). src_rows: one row; NULL gives a row of padding. */
typedef struct tm_pad_params {
    int32_t mode, element_bytes; /* 1, 2, 4 or 8 */
    int32_t width, channels;     /* of the input */
    int32_t width_before, width_after, channels_before, channels_after;
    int32_t low, high; /* the bytes of the padding element, little-endian */
} tm_pad_params;

/*
 * Gathers the elements of a row (kernels/generic/tm_rearrange.h): output element number n of the
 * tensor, of index (i0, ..., i5) by `extent`, is input element offset + sum i[k] * stride[k].
 * src_rows: `rows` input rows, then a record of two int32: the number of dst's first element, and
 * the number of the input element that the first of those rows begins with.
 */
typedef struct tm_rearrange_params {
    int32_t element_bytes; /* 1, 2, 4 or 8 */
    int32_t rows, in_row_elements, out_row_elements, offset;
    int32_t extent0, extent1, extent2, extent3, extent4, extent5;
    int32_t stride0, stride1, stride2, stride3, stride4, stride5;
} tm_rearrange_params;

/* Picks pixels of a row (kernels/generic/tm_resize_nearest.h). src_rows: one row. */
typedef struct tm_resize_nearest_params {
    const int32_t* columns; /* [out_width]: which pixel */
    int32_t out_width, pixel_bytes;
} tm_resize_nearest_params;

/* Blends pixels of two rows (kernels/generic/tm_resize_f32.h). src_rows: the two rows, then a
 * record: the share of the second, a float. */
typedef struct tm_resize_f32_params {
    const int32_t* columns; /* [out_width][2] */
    const float* shares;    /* [out_width]: of the second column */
    int32_t out_width, channels;
} tm_resize_f32_params;

enum { TM_OVER_ROWS, TM_OVER_WIDTH, TM_OVER_CHANNELS };
/* Where the largest (or smallest) element is (kernels/generic/tm_argmax_f32.h). src_rows: in_rows
 * rows, all where the axis is rows, else 1. dst: int32 or int64. */
typedef struct tm_argmax_f32_params {
    int32_t axis, in_rows, width, channels;
    int32_t last, smallest; /* of equals the last; the smallest */
    int32_t out_bytes;      /* 4 or 8 */
} tm_argmax_f32_params;

/* What remains of a reduction when rows come one at a time: the same sums in an accumulator of as
 * many floats as dst has, kept between calls. add() once for each row, in order. */
#ifdef TM_KERNELS_EXTERN
void tm_fc_f32_begin(float* acc, const tm_fc_f32_params* params);
void tm_fc_f32_add(float* acc, const void* src_row, int32_t row_index,
                   const tm_fc_f32_params* params);
void tm_fc_f32_end(void* dst_row, const float* acc, const tm_fc_f32_params* params);
void tm_reduce_f32_begin(float* acc, const tm_reduce_f32_params* params);
void tm_reduce_f32_add(float* acc, const void* src_row, int32_t row_index,
                       const tm_reduce_f32_params* params);
void tm_reduce_f32_end(void* dst_row, const float* acc, const tm_reduce_f32_params* params);
#endif

#ifdef TM_KERNELS_EXTERN
TM_DECLARE_KERNEL(conv_f32)
TM_DECLARE_KERNEL(maxpool_f32)
TM_DECLARE_KERNEL(avgpool_f32)
TM_DECLARE_KERNEL(fc_f32)
TM_DECLARE_KERNEL(matmul_f32)
TM_DECLARE_KERNEL(reduce_f32)
TM_DECLARE_KERNEL(clamp_f32)
TM_DECLARE_KERNEL(unary_f32)
TM_DECLARE_KERNEL(prelu_f32)
TM_DECLARE_KERNEL(softmax_f32)
TM_DECLARE_KERNEL(binary_f32)
TM_DECLARE_KERNEL(copy)
TM_DECLARE_KERNEL(concat)
TM_DECLARE_KERNEL(pad)
TM_DECLARE_KERNEL(rearrange)
TM_DECLARE_KERNEL(resize_nearest)
TM_DECLARE_KERNEL(resize_f32)
TM_DECLARE_KERNEL(argmax_f32)
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

TM_INLINE void tm_copy_bytes(void* to, const void* from, int32_t bytes)
{
    for (int32_t i = 0; i < bytes; ++i) {
        ((uint8_t*)to)[i] = ((const uint8_t*)from)[i];
    }
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
