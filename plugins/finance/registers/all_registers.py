"""All registers there are, by their keys, in the order they are offered."""

from plugins.finance.registers.aging import AGING
from plugins.finance.registers.general_ledger import ENTRIES, LEDGER
from plugins.finance.registers.payment_register import PAYMENTS
from plugins.finance.registers.sales_register import SALES
from plugins.finance.registers.vat_register import VAT

REGISTERS = {one.key: one for one in (SALES, VAT, PAYMENTS, LEDGER, ENTRIES, AGING)}
