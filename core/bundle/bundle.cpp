// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/bundle.h"

#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/element_text.h"
#include "core/execute/execute.h"
#include "core/io/sha256.h"
#include "core/place/plan_checker.h"

namespace tidemark {

namespace {

constexpr const char* kHashFile = "bundle_hash.h";

/// No plan leaves the house that does not fit or that the checker has something against.
Status checkedPlan(const Plan& plan)
{
    if (!plan.fits) {
        return Diagnostic{ErrorKind::DoesNotFit,
                          plan.conflicts.empty() ? "the plan does not fit"
                                                 : plan.conflicts.front().text,
                          "board " + plan.board->id,
                          "choose another technique or board, or remove pins and budgets"};
    }
    const std::vector<std::string> problems = checkPlan(plan);
    if (!problems.empty()) {
        return Diagnostic{ErrorKind::DoesNotFit, "the plan does not hold: " + problems.front(),
                          "board " + plan.board->id, "plan the model again"};
    }
    return Done{};
}

Status checkedShape(const Network& network)
{
    if (network.stages.empty() || network.inputs.empty() || network.outputs.empty()) {
        return Diagnostic{ErrorKind::BadInput, "the model computes nothing",
                          printable(network.modelName), "give a model with inputs and outputs"};
    }
    for (const auto* ids : {&network.inputs, &network.outputs}) {
        for (const ValueId id : *ids) {
            if (cType(network[id].type).empty()) {
                return Diagnostic{ErrorKind::BadInput,
                                  "firmware has no type for " +
                                      std::string(toString(network[id].type)),
                                  printable(network[id].name), "give it another type"};
            }
        }
    }
    return Done{};
}

/// Rows are pushed into a model of one input: others would have to be there before the first row.
Status checkedStream(const Plan& plan)
{
    if (plan.schedule.streamsInput() && plan.network->inputs.size() > 1) {
        return Diagnostic{ErrorKind::BadInput, "firmware cannot stream one of several inputs",
                          printable(plan.network->modelName), "use --technique rows"};
    }
    return Done{};
}

/// The self-test's expected output, made twice: each tensor alone, and as planned. They must be
/// the same bits.
Result<std::vector<std::vector<std::byte>>> expectedOutputs(const Plan& plan)
{
    const Network& network = *plan.network;
    const std::vector<std::vector<std::byte>> inputs = selftestInputs(network);
    auto values = runUnplanned(network, inputs);
    if (!values) {
        return values.error();
    }
    auto planned = runPlanned(plan, inputs);
    if (!planned) {
        return planned.error();
    }
    std::vector<std::vector<std::byte>> expected;
    for (const ValueId output : network.outputs) {
        expected.push_back((*values)[output.index()]);
    }
    if (*planned != expected) {
        return Diagnostic{ErrorKind::DoesNotFit,
                          "run as planned, the model gives other outputs than run plainly",
                          printable(network.modelName), "report this plan: it is a fault here"};
    }
    return expected;
}

/// Several inputs are scattered from the command server's copy before every run.
Status checkedServer(const Plan& plan, bool library)
{
    if (!library && plan.network->inputs.size() > 1 && !plan.serverKeepsInput) {
        return Diagnostic{
            ErrorKind::DoesNotFit, "no room for the command server's copy of the inputs",
            "board " + plan.board->id, "export with --library, or for a board with more RAM"};
    }
    return Done{};
}

Result<BundleContent> contentOf(const Plan& plan, const BundleOptions& options)
{
    if (auto status = checkedPlan(plan); !status) {
        return status.error();
    }
    if (auto status = checkedStream(plan); !status) {
        return status.error();
    }
    if (auto status = checkedShape(*plan.network); !status) {
        return status.error();
    }
    auto driver = Driver::of(*plan.network, plan.schedule);
    if (!driver) {
        return driver.error();
    }
    if (auto status = checkedServer(plan, options.library); !status) {
        return status.error();
    }
    auto layout = MemoryLayout::of(plan);
    if (!layout) {
        return layout.error();
    }
    auto calls = kernelCalls(*plan.network,
                             [&](StageId stage) { return layout->sumsOf(stage).has_value(); });
    if (!calls) {
        return calls.error();
    }
    auto expected = expectedOutputs(plan);
    if (!expected) {
        return expected.error();
    }
    return BundleContent{plan,
                         std::move(*layout),
                         std::move(*calls),
                         std::move(*driver),
                         options,
                         protocolName(plan.network->modelName),
                         std::move(*expected)};
}

Result<FileSet> filesOf(const BundleContent& content, bool library)
{
    FileSet files;
    files["model.h"] = modelHeader(content);
    files["model.c"] = modelSource(content);
    files["weights.h"] = weightsHeader(content);
    files["weights.c"] = weightsSource(content);
    files["selftest.h"] = selftestHeader(content);
    files["selftest.c"] = selftestSource(content);
    files["README.md"] = readme(content, library);
    addKernelFiles(content.calls, files);
    if (!library) {
        if (auto status = addDeviceFiles(content.board(), files); !status) {
            return status.error();
        }
        files["device/tm_board.h"] = boardHeader(content);
        files["main.c"] = mainSource(content);
        files["link.ld"] = linkerScript(content);
    }
    addBuildFiles(content, library, files);
    return files;
}

/// Over paths, sizes and contents, so that no two sets of files have the same text.
std::string hashOf(const FileSet& files)
{
    Sha256 sum;
    const auto add = [&sum](const std::string& text) { sum.add(std::as_bytes(std::span(text))); };
    for (const auto& [path, content] : files) {
        add(path + "\n" + std::to_string(content.size()) + "\n");
        add(content);
    }
    return sum.hex();
}

} // namespace

std::string BundleContent::addressOf(ValueId id) const
{
    const Value& value = network()[id];
    if (!value.storage) {
        return layout.address(layout.bufferOf(id));
    }
    const Bytes offset = elementBytes(value.type) * value.storage->elementOffset;
    return "(" + layout.address(layout.bufferOf(value.storage->base)) + " + " +
           std::to_string(offset.count()) + ")";
}

const Buffer* BundleContent::rowsApart(ValueId id) const
{
    if (network()[id].storage) {
        return nullptr;
    }
    const Buffer& buffer = plan[layout.bufferOf(id)];
    return buffer.hasRowsApart() ? &buffer : nullptr;
}

std::int64_t BundleContent::ringRows(ValueId id) const
{
    const Value& value = network()[id];
    if (value.storage) {
        return 0; // what has views keeps all of its rows
    }
    const std::int64_t stored = plan[layout.bufferOf(id)].storedRows;
    return stored < value.rows ? stored : 0;
}

Bytes BundleContent::bytesOf(const std::vector<ValueId>& values) const
{
    Bytes sum;
    for (const ValueId id : values) {
        sum += network()[id].bytes();
    }
    return sum;
}

Result<BundleSummary> writeBundle(const Plan& plan, const std::filesystem::path& directory,
                                  const BundleOptions& options)
{
    const auto content = contentOf(plan, options);
    if (!content) {
        return content.error();
    }
    auto files = filesOf(*content, options.library);
    if (!files) {
        return files.error();
    }
    BundleSummary summary{directory, hashOf(*files), {}};
    (*files)[kHashFile] = fileHead(*content, "Tells this bundle from every other") +
                          "#define TM_BUNDLE_HASH \"" + summary.hash + "\"\n";
    (*files)["manifest.json"] = manifest(*content, summary.hash, *files);
    if (auto status = writeFolder(*files, directory); !status) {
        return status.error();
    }
    if (options.zip) {
        const auto whole = std::filesystem::absolute(directory).lexically_normal();
        const auto named = whole.has_filename() ? whole : whole.parent_path();
        auto archive = named;
        archive += ".zip";
        if (auto status = writeZip(*files, named.filename().string(), archive); !status) {
            return status.error();
        }
    }
    for (const auto& [path, text] : *files) {
        summary.files.push_back(path);
    }
    return summary;
}

} // namespace tidemark
