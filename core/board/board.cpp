// SPDX-License-Identifier: Apache-2.0
#include "core/board/board.h"

#include "core/io/near_names.h"

namespace tidemark {

std::optional<BankId> Board::findBank(const std::string& bankId) const
{
    std::optional<BankId> anyCase;
    for (std::size_t i = 0; i < banks.size(); ++i) {
        if (banks[i].id == bankId) {
            return BankId(i);
        }
        if (!anyCase && equalIgnoringCase(banks[i].id, bankId)) {
            anyCase = BankId(i);
        }
    }
    return anyCase;
}

} // namespace tidemark
