// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/execute/kernel_params.h"

#include <type_traits>

namespace tidemark {

// The fields of every params struct, in their order: visit(name, field). Pointers to const are
// constants; another is the scratch.

/// Of a params field.
template <class Field>
constexpr bool kIsScratch =
    std::is_pointer_v<Field> && !std::is_const_v<std::remove_pointer_t<Field>>;
template <class Field> constexpr bool kIsConstant = std::is_pointer_v<Field> && !kIsScratch<Field>;

#define TIDEMARK_FIELD(name) visit(#name, p.name)

template <class V> void forFields(tm_conv_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(weights);
    TIDEMARK_FIELD(bias);
    TIDEMARK_FIELD(in_width);
    TIDEMARK_FIELD(in_channels);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(out_channels);
    TIDEMARK_FIELD(groups);
    TIDEMARK_FIELD(kernel_h);
    TIDEMARK_FIELD(kernel_w);
    TIDEMARK_FIELD(stride_h);
    TIDEMARK_FIELD(stride_w);
    TIDEMARK_FIELD(dilation_h);
    TIDEMARK_FIELD(dilation_w);
    TIDEMARK_FIELD(pad_left);
    TIDEMARK_FIELD(pool_h);
    TIDEMARK_FIELD(pool_w);
    TIDEMARK_FIELD(pool_stride_h);
    TIDEMARK_FIELD(pool_stride_w);
    TIDEMARK_FIELD(pool_dilation_h);
    TIDEMARK_FIELD(pool_dilation_w);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
    TIDEMARK_FIELD(residual);
    TIDEMARK_FIELD(sum_act_min);
    TIDEMARK_FIELD(sum_act_max);
}
template <class V> void forFields(tm_maxpool_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(in_width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(kernel_h);
    TIDEMARK_FIELD(kernel_w);
    TIDEMARK_FIELD(stride_h);
    TIDEMARK_FIELD(stride_w);
    TIDEMARK_FIELD(dilation_h);
    TIDEMARK_FIELD(dilation_w);
    TIDEMARK_FIELD(pad_left);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_avgpool_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(in_width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(kernel_h);
    TIDEMARK_FIELD(kernel_w);
    TIDEMARK_FIELD(stride_h);
    TIDEMARK_FIELD(stride_w);
    TIDEMARK_FIELD(dilation_h);
    TIDEMARK_FIELD(dilation_w);
    TIDEMARK_FIELD(pad_left);
    TIDEMARK_FIELD(count_pad);
    TIDEMARK_FIELD(pad_right);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_fc_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(weights);
    TIDEMARK_FIELD(bias);
    TIDEMARK_FIELD(in_rows);
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(outputs);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_matmul_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(weights);
    TIDEMARK_FIELD(bias);
    TIDEMARK_FIELD(inputs);
    TIDEMARK_FIELD(outputs);
    TIDEMARK_FIELD(transposed);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_reduce_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(kind);
    TIDEMARK_FIELD(in_rows);
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(over_width);
    TIDEMARK_FIELD(over_channels);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_clamp_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_unary_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(function);
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(alpha);
    TIDEMARK_FIELD(beta);
}
template <class V> void forFields(tm_prelu_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(period);
}
template <class V> void forFields(tm_softmax_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(logarithm);
    TIDEMARK_FIELD(beta);
}
template <class V> void forFields(tm_binary_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(function);
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(a_width);
    TIDEMARK_FIELD(a_channels);
    TIDEMARK_FIELD(b_width);
    TIDEMARK_FIELD(b_channels);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_copy_params& p, V&& visit)
{
    TIDEMARK_FIELD(row_bytes);
}
template <class V> void forFields(tm_concat_params& p, V&& visit)
{
    TIDEMARK_FIELD(lengths);
    TIDEMARK_FIELD(tables);
    TIDEMARK_FIELD(inputs);
    TIDEMARK_FIELD(outer);
}
template <class V> void forFields(tm_pad_params& p, V&& visit)
{
    TIDEMARK_FIELD(mode);
    TIDEMARK_FIELD(element_bytes);
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(width_before);
    TIDEMARK_FIELD(width_after);
    TIDEMARK_FIELD(channels_before);
    TIDEMARK_FIELD(channels_after);
    TIDEMARK_FIELD(low);
    TIDEMARK_FIELD(high);
}
template <class V> void forFields(tm_rearrange_params& p, V&& visit)
{
    TIDEMARK_FIELD(element_bytes);
    TIDEMARK_FIELD(rows);
    TIDEMARK_FIELD(in_row_elements);
    TIDEMARK_FIELD(out_row_elements);
    TIDEMARK_FIELD(offset);
    TIDEMARK_FIELD(extent0);
    TIDEMARK_FIELD(extent1);
    TIDEMARK_FIELD(extent2);
    TIDEMARK_FIELD(extent3);
    TIDEMARK_FIELD(extent4);
    TIDEMARK_FIELD(extent5);
    TIDEMARK_FIELD(stride0);
    TIDEMARK_FIELD(stride1);
    TIDEMARK_FIELD(stride2);
    TIDEMARK_FIELD(stride3);
    TIDEMARK_FIELD(stride4);
    TIDEMARK_FIELD(stride5);
}
template <class V> void forFields(tm_resize_nearest_params& p, V&& visit)
{
    TIDEMARK_FIELD(columns);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(pixel_bytes);
}
template <class V> void forFields(tm_resize_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(columns);
    TIDEMARK_FIELD(shares);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(channels);
}
template <class V> void forFields(tm_argmax_f32_params& p, V&& visit)
{
    TIDEMARK_FIELD(axis);
    TIDEMARK_FIELD(in_rows);
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(last);
    TIDEMARK_FIELD(smallest);
    TIDEMARK_FIELD(out_bytes);
}
template <class V> void forFields(tm_conv_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(weights);
    TIDEMARK_FIELD(bias);
    TIDEMARK_FIELD(scales);
    TIDEMARK_FIELD(scale_step);
    TIDEMARK_FIELD(in_width);
    TIDEMARK_FIELD(in_channels);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(out_channels);
    TIDEMARK_FIELD(groups);
    TIDEMARK_FIELD(kernel_h);
    TIDEMARK_FIELD(kernel_w);
    TIDEMARK_FIELD(stride_h);
    TIDEMARK_FIELD(stride_w);
    TIDEMARK_FIELD(dilation_h);
    TIDEMARK_FIELD(dilation_w);
    TIDEMARK_FIELD(pad_left);
    TIDEMARK_FIELD(pool_h);
    TIDEMARK_FIELD(pool_w);
    TIDEMARK_FIELD(pool_stride_h);
    TIDEMARK_FIELD(pool_stride_w);
    TIDEMARK_FIELD(pool_dilation_h);
    TIDEMARK_FIELD(pool_dilation_w);
    TIDEMARK_FIELD(in_offset);
    TIDEMARK_FIELD(weight_offset);
    TIDEMARK_FIELD(out_offset);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
    TIDEMARK_FIELD(residual);
    TIDEMARK_FIELD(sum.a_offset);
    TIDEMARK_FIELD(sum.a_multiplier);
    TIDEMARK_FIELD(sum.a_shift);
    TIDEMARK_FIELD(sum.b_offset);
    TIDEMARK_FIELD(sum.b_multiplier);
    TIDEMARK_FIELD(sum.b_shift);
    TIDEMARK_FIELD(sum.out_multiplier);
    TIDEMARK_FIELD(sum.out_shift);
    TIDEMARK_FIELD(sum.out_offset);
    TIDEMARK_FIELD(sum.act_min);
    TIDEMARK_FIELD(sum.act_max);
}
template <class V> void forFields(tm_maxpool_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(in_width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(kernel_h);
    TIDEMARK_FIELD(kernel_w);
    TIDEMARK_FIELD(stride_h);
    TIDEMARK_FIELD(stride_w);
    TIDEMARK_FIELD(dilation_h);
    TIDEMARK_FIELD(dilation_w);
    TIDEMARK_FIELD(pad_left);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_avgpool_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(in_width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(kernel_h);
    TIDEMARK_FIELD(kernel_w);
    TIDEMARK_FIELD(stride_h);
    TIDEMARK_FIELD(stride_w);
    TIDEMARK_FIELD(dilation_h);
    TIDEMARK_FIELD(dilation_w);
    TIDEMARK_FIELD(pad_left);
    TIDEMARK_FIELD(count_pad);
    TIDEMARK_FIELD(pad_right);
    TIDEMARK_FIELD(in_offset);
    TIDEMARK_FIELD(multiplier);
    TIDEMARK_FIELD(shift);
    TIDEMARK_FIELD(out_offset);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_fc_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(weights);
    TIDEMARK_FIELD(bias);
    TIDEMARK_FIELD(scales);
    TIDEMARK_FIELD(scale_step);
    TIDEMARK_FIELD(in_rows);
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(outputs);
    TIDEMARK_FIELD(in_offset);
    TIDEMARK_FIELD(weight_offset);
    TIDEMARK_FIELD(out_offset);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_matmul_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(weights);
    TIDEMARK_FIELD(bias);
    TIDEMARK_FIELD(scales);
    TIDEMARK_FIELD(scale_step);
    TIDEMARK_FIELD(inputs);
    TIDEMARK_FIELD(outputs);
    TIDEMARK_FIELD(transposed);
    TIDEMARK_FIELD(in_offset);
    TIDEMARK_FIELD(weight_offset);
    TIDEMARK_FIELD(out_offset);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_reduce_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(kind);
    TIDEMARK_FIELD(in_rows);
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(over_width);
    TIDEMARK_FIELD(over_channels);
    TIDEMARK_FIELD(in_offset);
    TIDEMARK_FIELD(multiplier);
    TIDEMARK_FIELD(shift);
    TIDEMARK_FIELD(out_offset);
    TIDEMARK_FIELD(divides);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_clamp_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_lookup_params& p, V&& visit)
{
    TIDEMARK_FIELD(table);
    TIDEMARK_FIELD(row_bytes);
}
template <class V> void forFields(tm_prelu_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(period);
    TIDEMARK_FIELD(in_offset);
    TIDEMARK_FIELD(slope_offset);
    TIDEMARK_FIELD(out_offset);
    TIDEMARK_FIELD(multiplier);
    TIDEMARK_FIELD(shift);
    TIDEMARK_FIELD(slope_multiplier);
    TIDEMARK_FIELD(slope_shift);
}
template <class V> void forFields(tm_softmax_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(multiplier);
    TIDEMARK_FIELD(shift);
    TIDEMARK_FIELD(least);
    TIDEMARK_FIELD(scratch);
}
template <class V> void forFields(tm_logsoftmax_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(multiplier);
    TIDEMARK_FIELD(shift);
    TIDEMARK_FIELD(least);
    TIDEMARK_FIELD(reverse_multiplier);
    TIDEMARK_FIELD(reverse_shift);
}
template <class V> void forFields(tm_add_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(subtract);
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(a_width);
    TIDEMARK_FIELD(a_channels);
    TIDEMARK_FIELD(b_width);
    TIDEMARK_FIELD(b_channels);
    TIDEMARK_FIELD(sum.a_offset);
    TIDEMARK_FIELD(sum.a_multiplier);
    TIDEMARK_FIELD(sum.a_shift);
    TIDEMARK_FIELD(sum.b_offset);
    TIDEMARK_FIELD(sum.b_multiplier);
    TIDEMARK_FIELD(sum.b_shift);
    TIDEMARK_FIELD(sum.out_multiplier);
    TIDEMARK_FIELD(sum.out_shift);
    TIDEMARK_FIELD(sum.out_offset);
    TIDEMARK_FIELD(sum.act_min);
    TIDEMARK_FIELD(sum.act_max);
}
template <class V> void forFields(tm_mul_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(a_width);
    TIDEMARK_FIELD(a_channels);
    TIDEMARK_FIELD(b_width);
    TIDEMARK_FIELD(b_channels);
    TIDEMARK_FIELD(a_offset);
    TIDEMARK_FIELD(b_offset);
    TIDEMARK_FIELD(multiplier);
    TIDEMARK_FIELD(shift);
    TIDEMARK_FIELD(out_offset);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_real_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(function);
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(a_width);
    TIDEMARK_FIELD(a_channels);
    TIDEMARK_FIELD(b_width);
    TIDEMARK_FIELD(b_channels);
    TIDEMARK_FIELD(a_offset);
    TIDEMARK_FIELD(b_offset);
    TIDEMARK_FIELD(out_offset);
    TIDEMARK_FIELD(a_scale);
    TIDEMARK_FIELD(b_scale);
    TIDEMARK_FIELD(out_scale);
    TIDEMARK_FIELD(act_min);
    TIDEMARK_FIELD(act_max);
}
template <class V> void forFields(tm_quantize_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(offset);
    TIDEMARK_FIELD(is_unsigned);
    TIDEMARK_FIELD(scale);
}
template <class V> void forFields(tm_dequantize_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(row_elements);
    TIDEMARK_FIELD(offset);
    TIDEMARK_FIELD(is_unsigned);
    TIDEMARK_FIELD(scale);
}
template <class V> void forFields(tm_resize_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(columns);
    TIDEMARK_FIELD(shares);
    TIDEMARK_FIELD(out_width);
    TIDEMARK_FIELD(channels);
}
template <class V> void forFields(tm_argmax_s8_params& p, V&& visit)
{
    TIDEMARK_FIELD(axis);
    TIDEMARK_FIELD(in_rows);
    TIDEMARK_FIELD(width);
    TIDEMARK_FIELD(channels);
    TIDEMARK_FIELD(last);
    TIDEMARK_FIELD(smallest);
    TIDEMARK_FIELD(out_bytes);
}
template <class V> void forFields(std::monostate&, V&&)
{
}

#undef TIDEMARK_FIELD

} // namespace tidemark
