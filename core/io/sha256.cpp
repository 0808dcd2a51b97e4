// SPDX-License-Identifier: Apache-2.0
#include "core/io/sha256.h"

#include <array>
#include <new>
#include <openssl/evp.h>
#include <stdexcept>
#include <string_view>

namespace tidemark {

namespace {

// OpenSSL refuses only when it has no memory or no SHA-256 provider: nothing a caller can mend.
void require(int openSslResult)
{
    if (openSslResult != 1) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
}

} // namespace

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    State()
    {
        if (!context) {
            throw std::bad_alloc();
        }
        start();
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_MD_CTX_free(context); }

    void start() { require(EVP_DigestInit_ex(context, EVP_sha256(), nullptr)); }
};

Sha256::Sha256() : m_state(std::make_unique<State>())
{
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::span<const std::byte> bytes)
{
    require(EVP_DigestUpdate(m_state->context, bytes.data(), bytes.size()));
}

std::string Sha256::hex()
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<unsigned char, 32> digest{};
    require(EVP_DigestFinal_ex(m_state->context, digest.data(), nullptr));
    m_state->start();
    std::string text;
    for (const unsigned char byte : digest) {
        text += {kHex[byte >> 4], kHex[byte & 15]};
    }
    return text;
}

std::string sha256Hex(std::span<const std::byte> bytes)
{
    Sha256 sum;
    sum.add(bytes);
    return sum.hex();
}

} // namespace tidemark
