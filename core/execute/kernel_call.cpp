// SPDX-License-Identifier: Apache-2.0
#include "core/execute/kernel_call.h"

#include "core/execute/call_maker.h"
#include "core/execute/kernel_fields.h"

#include <cassert>
#include <type_traits>

namespace tidemark {

namespace {

#define TIDEMARK_DISPATCH(name)                                                                    \
    void call(const tm_##name##_params& p, void* dst, const void* const* src)                      \
    {                                                                                              \
        tm_##name(&dst, 1, src, &p);                                                               \
    }                                                                                              \
    std::size_t scratch(const tm_##name##_params& p)                                               \
    {                                                                                              \
        return tm_##name##_scratch_bytes(&p);                                                      \
    }
TIDEMARK_KERNELS(TIDEMARK_DISPATCH)
#undef TIDEMARK_DISPATCH
void call(const std::monostate&, void*, const void* const*)
{
}
std::size_t scratch(const std::monostate&)
{
    return 0;
}

/// The kernels that gather, as overloads that do nothing for the others.
#define TIDEMARK_GATHER(name, element)                                                             \
    void begin(const tm_##name##_params& p, void* acc)                                             \
    {                                                                                              \
        tm_##name##_begin(static_cast<element*>(acc), &p);                                         \
    }                                                                                              \
    void add(const tm_##name##_params& p, void* acc, const void* src, std::int32_t row)            \
    {                                                                                              \
        tm_##name##_add(static_cast<element*>(acc), src, row, &p);                                 \
    }                                                                                              \
    void end(const tm_##name##_params& p, void* dst, const void* acc)                              \
    {                                                                                              \
        tm_##name##_end(dst, static_cast<const element*>(acc), &p);                                \
    }
TIDEMARK_GATHER(fc_f32, float)
TIDEMARK_GATHER(reduce_f32, float)
TIDEMARK_GATHER(fc_s8, std::int32_t)
TIDEMARK_GATHER(reduce_s8, std::int32_t)
#undef TIDEMARK_GATHER
template <class P> void begin(const P&, void*)
{
}
template <class P> void add(const P&, void*, const void*, std::int32_t)
{
}
template <class P> void end(const P&, void*, const void*)
{
}

std::int64_t gathered(const tm_fc_f32_params& p)
{
    return p.outputs;
}
std::int64_t gathered(const tm_fc_s8_params& p)
{
    return p.outputs;
}
template <class P> std::int64_t reduced(const P& p)
{
    return static_cast<std::int64_t>(p.over_width ? 1 : p.width) *
           (p.over_channels ? 1 : p.channels);
}
std::int64_t gathered(const tm_reduce_f32_params& p)
{
    return reduced(p);
}
std::int64_t gathered(const tm_reduce_s8_params& p)
{
    return reduced(p);
}
template <class P> std::int64_t gathered(const P&)
{
    return 0;
}

/// Calls `use` with a copy of the params that has the addresses of constants and scratch.
template <class F>
void withConstants(const KernelCall& kernel, std::span<const void* const> constants, void* scratch,
                   F use)
{
    assert(constants.size() == kernel.constants.size());
    std::visit(
        [&](auto params) {
            std::size_t next = 0;
            forFields(params, [&](std::string_view, auto& field) {
                using Field = std::remove_reference_t<decltype(field)>;
                if constexpr (kIsScratch<Field>) {
                    field = static_cast<Field>(scratch);
                } else if constexpr (kIsConstant<Field>) {
                    field = static_cast<Field>(constants[next++]);
                }
            });
            use(params);
        },
        kernel.params);
}

} // namespace

std::int32_t KernelCall::sourceRows() const
{
    std::int32_t count = 0;
    for (const KernelInput& input : inputs) {
        count += input.window.count;
    }
    return count;
}

Result<KernelCall> kernelCall(const Network& network, const Stage& stage, KernelForm form)
{
    return CallMaker(network, stage, form).make();
}

Result<std::vector<KernelCall>> kernelCalls(const Network& network,
                                            const std::function<bool(StageId)>& gathers)
{
    std::vector<KernelCall> calls;
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        auto call = kernelCall(network, network.stages[s],
                               gathers(StageId(s)) ? KernelForm::Gathering : KernelForm::Whole);
        if (!call) {
            return call.error();
        }
        calls.push_back(std::move(*call));
    }
    return calls;
}

void runKernel(const KernelCall& kernel, void* dstRow, const void* const* srcRows,
               std::span<const void* const> constants, void* scratch)
{
    withConstants(kernel, constants, scratch,
                  [&](const auto& params) { call(params, dstRow, srcRows); });
}

std::int64_t accumulatorBytes(const KernelCall& kernel)
{
    return 4 * std::visit([](const auto& params) { return gathered(params); }, kernel.params);
}

void beginGathering(const KernelCall& kernel, void* accumulator,
                    std::span<const void* const> constants)
{
    withConstants(kernel, constants, nullptr,
                  [&](const auto& params) { begin(params, accumulator); });
}

void gatherRow(const KernelCall& kernel, void* accumulator, const void* srcRow, std::int32_t row,
               std::span<const void* const> constants)
{
    withConstants(kernel, constants, nullptr,
                  [&](const auto& params) { add(params, accumulator, srcRow, row); });
}

void endGathering(const KernelCall& kernel, void* dstRow, const void* accumulator,
                  std::span<const void* const> constants)
{
    withConstants(kernel, constants, nullptr,
                  [&](const auto& params) { end(params, dstRow, accumulator); });
}

std::size_t scratchBytes(const KernelCall& kernel)
{
    return std::visit([](const auto& params) { return scratch(params); }, kernel.params);
}

Bytes kernelScratch(const Network& network, const Stage& stage)
{
    const auto call = kernelCall(network, stage);
    return Bytes(call ? static_cast<std::int64_t>(scratchBytes(*call)) : 0);
}

} // namespace tidemark
