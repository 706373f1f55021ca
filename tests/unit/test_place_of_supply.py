"""The tax of a supply, as tables: seller, buyer, where they are, what is sold → tax, and its law.

Services are three columns of a row (a private person, a business, a business whose VAT number is
confirmed); goods the same, sent to where the buyer is. Who counts as which is a table of its own
(``tests/actions/test_vat_numbers.py``): freelancers, numbers not confirmed, no register.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from billing_panel.kernel.values.money import percent_of
from billing_panel.tax.no_tax_grounds import ground_of
from billing_panel.tax.rates import NoRate, NoRateAbroad
from billing_panel.tax.supply import (
    Rates,
    Standing,
    Supply,
    SupplyKind,
    SupplyTax,
    TaxBuyer,
    TaxCategory,
    TaxSeller,
)
from billing_panel.tax.tax_ruling import rule_on
from tests.property.facts import rates

DAY = date(2026, 11, 30)
HOME: dict[str, Rates] = {
    territory: rates(standard={date(2015, 1, 1): percent})
    for territory, percent in {
        "BG": "20", "DE": "19", "FR": "20", "GB": "20", "US": "8.25", "RU": "22",
    }.items()
}  # fmt: skip
KINDS = {
    "electronic": SupplyKind.ELECTRONIC,
    "service": SupplyKind.SERVICE,
    "goods": SupplyKind.GOODS,
}
SOURCES = {"Art.": "Directive 2006/112/EC, Art.", "ст.": "НК РФ, ст.", "VATA": "VATA 1994"}

# Each cell: category, percent if any, place; then the article. The seller: registered, with the One
# Stop Shop, or not registered.
# seller    kind        buyer   private                 business                confirmed
TABLE = """
BG          electronic  BG      S 20 BG    Art. 44      S 20 BG    Art. 44      S 20 BG    Art. 44
BG          electronic  DE      S 20 BG    Art. 59c     S 20 BG    Art. 59c     AE DE      Art. 44
BG          electronic  FR      S 20 BG    Art. 59c     S 20 BG    Art. 59c     AE FR      Art. 44
BG          electronic  XI      O GB       Art. 58      O GB       Art. 44      O GB       Art. 44
BG          electronic  GB      O GB       Art. 58      O GB       Art. 44      O GB       Art. 44
BG          electronic  US      O US       Art. 58      O US       Art. 44      O US       Art. 44
BG          electronic  RU      O RU       Art. 58      O RU       Art. 44      O RU       Art. 44
BG          electronic  ES-CN   O ES-CN    Art. 58      O ES-CN    Art. 44      O ES-CN    Art. 44
BG          service     BG      S 20 BG    Art. 44      S 20 BG    Art. 44      S 20 BG    Art. 44
BG          service     DE      S 20 BG    Art. 45      S 20 BG    Art. 45      AE DE      Art. 44
BG          service     FR      S 20 BG    Art. 45      S 20 BG    Art. 45      AE FR      Art. 44
BG          service     XI      S 20 BG    Art. 45      O GB       Art. 44      O GB       Art. 44
BG          service     GB      S 20 BG    Art. 45      O GB       Art. 44      O GB       Art. 44
BG          service     US      S 20 BG    Art. 45      O US       Art. 44      O US       Art. 44
BG          service     RU      S 20 BG    Art. 45      O RU       Art. 44      O RU       Art. 44
BG          service     ES-CN   S 20 BG    Art. 45      O ES-CN    Art. 44      O ES-CN    Art. 44
BG          goods       BG      S 20 BG    Art. 31      S 20 BG    Art. 31      S 20 BG    Art. 31
BG          goods       DE      S 20 BG    Art. 59c     S 20 BG    Art. 59c     K DE       Art. 138
BG          goods       FR      S 20 BG    Art. 59c     S 20 BG    Art. 59c     K FR       Art. 138
BG          goods       XI      S 20 BG    Art. 59c     S 20 BG    Art. 59c     K XI       Art. 138
BG          goods       GB      G GB       Art. 146     G GB       Art. 146     G GB       Art. 146
BG          goods       US      G US       Art. 146     G US       Art. 146     G US       Art. 146
BG          goods       RU      G RU       Art. 146     G RU       Art. 146     G RU       Art. 146
BG          goods       ES-CN   G ES-CN    Art. 146     G ES-CN    Art. 146     G ES-CN    Art. 146
BG+oss      electronic  DE      S 19 DE    Art. 58      S 19 DE    Art. 58      AE DE      Art. 44
BG+oss      electronic  FR      S 20 FR    Art. 58      S 20 FR    Art. 58      AE FR      Art. 44
BG+oss      electronic  FI      S 25.5 FI  Art. 58      S 25.5 FI  Art. 58      AE FI      Art. 44
BG+oss      goods       DE      S 19 DE    Art. 33(a)   S 19 DE    Art. 33(a)   K DE       Art. 138
BG+oss      goods       FR      S 20 FR    Art. 33(a)   S 20 FR    Art. 33(a)   K FR       Art. 138
BG+oss      goods       XI      S 20 XI    Art. 33(a)   S 20 XI    Art. 33(a)   K XI       Art. 138
BG+oss      goods       FI      S 25.5 FI  Art. 33(a)   S 25.5 FI  Art. 33(a)   K FI       Art. 138
DE          electronic  BG      S 19 DE    Art. 59c     S 19 DE    Art. 59c     AE BG      Art. 44
DE          electronic  DE      S 19 DE    Art. 44      S 19 DE    Art. 44      S 19 DE    Art. 44
DE          electronic  FR      S 19 DE    Art. 59c     S 19 DE    Art. 59c     AE FR      Art. 44
DE          electronic  XI      O GB       Art. 58      O GB       Art. 44      O GB       Art. 44
DE          electronic  GB      O GB       Art. 58      O GB       Art. 44      O GB       Art. 44
DE          electronic  US      O US       Art. 58      O US       Art. 44      O US       Art. 44
DE          electronic  RU      O RU       Art. 58      O RU       Art. 44      O RU       Art. 44
DE          electronic  ES-CN   O ES-CN    Art. 58      O ES-CN    Art. 44      O ES-CN    Art. 44
DE          service     BG      S 19 DE    Art. 45      S 19 DE    Art. 45      AE BG      Art. 44
DE          service     DE      S 19 DE    Art. 44      S 19 DE    Art. 44      S 19 DE    Art. 44
DE          service     FR      S 19 DE    Art. 45      S 19 DE    Art. 45      AE FR      Art. 44
DE          service     XI      S 19 DE    Art. 45      O GB       Art. 44      O GB       Art. 44
DE          service     GB      S 19 DE    Art. 45      O GB       Art. 44      O GB       Art. 44
DE          service     US      S 19 DE    Art. 45      O US       Art. 44      O US       Art. 44
DE          service     RU      S 19 DE    Art. 45      O RU       Art. 44      O RU       Art. 44
DE          service     ES-CN   S 19 DE    Art. 45      O ES-CN    Art. 44      O ES-CN    Art. 44
DE          goods       BG      S 19 DE    Art. 59c     S 19 DE    Art. 59c     K BG       Art. 138
DE          goods       DE      S 19 DE    Art. 31      S 19 DE    Art. 31      S 19 DE    Art. 31
DE          goods       FR      S 19 DE    Art. 59c     S 19 DE    Art. 59c     K FR       Art. 138
DE          goods       XI      S 19 DE    Art. 59c     S 19 DE    Art. 59c     K XI       Art. 138
DE          goods       GB      G GB       Art. 146     G GB       Art. 146     G GB       Art. 146
DE          goods       US      G US       Art. 146     G US       Art. 146     G US       Art. 146
DE          goods       RU      G RU       Art. 146     G RU       Art. 146     G RU       Art. 146
DE          goods       ES-CN   G ES-CN    Art. 146     G ES-CN    Art. 146     G ES-CN    Art. 146
DE+oss      electronic  BG      S 20 BG    Art. 58      S 20 BG    Art. 58      AE BG      Art. 44
DE+oss      electronic  FR      S 20 FR    Art. 58      S 20 FR    Art. 58      AE FR      Art. 44
DE+oss      electronic  FI      S 25.5 FI  Art. 58      S 25.5 FI  Art. 58      AE FI      Art. 44
DE+oss      goods       BG      S 20 BG    Art. 33(a)   S 20 BG    Art. 33(a)   K BG       Art. 138
DE+oss      goods       FR      S 20 FR    Art. 33(a)   S 20 FR    Art. 33(a)   K FR       Art. 138
DE+oss      goods       XI      S 20 XI    Art. 33(a)   S 20 XI    Art. 33(a)   K XI       Art. 138
DE+oss      goods       FI      S 25.5 FI  Art. 33(a)   S 25.5 FI  Art. 33(a)   K FI       Art. 138
FR          electronic  BG      S 20 FR    Art. 59c     S 20 FR    Art. 59c     AE BG      Art. 44
FR          electronic  DE      S 20 FR    Art. 59c     S 20 FR    Art. 59c     AE DE      Art. 44
FR          electronic  FR      S 20 FR    Art. 44      S 20 FR    Art. 44      S 20 FR    Art. 44
FR          electronic  XI      O GB       Art. 58      O GB       Art. 44      O GB       Art. 44
FR          electronic  GB      O GB       Art. 58      O GB       Art. 44      O GB       Art. 44
FR          electronic  US      O US       Art. 58      O US       Art. 44      O US       Art. 44
FR          electronic  RU      O RU       Art. 58      O RU       Art. 44      O RU       Art. 44
FR          electronic  ES-CN   O ES-CN    Art. 58      O ES-CN    Art. 44      O ES-CN    Art. 44
FR          service     BG      S 20 FR    Art. 45      S 20 FR    Art. 45      AE BG      Art. 44
FR          service     DE      S 20 FR    Art. 45      S 20 FR    Art. 45      AE DE      Art. 44
FR          service     FR      S 20 FR    Art. 44      S 20 FR    Art. 44      S 20 FR    Art. 44
FR          service     XI      S 20 FR    Art. 45      O GB       Art. 44      O GB       Art. 44
FR          service     GB      S 20 FR    Art. 45      O GB       Art. 44      O GB       Art. 44
FR          service     US      S 20 FR    Art. 45      O US       Art. 44      O US       Art. 44
FR          service     RU      S 20 FR    Art. 45      O RU       Art. 44      O RU       Art. 44
FR          service     ES-CN   S 20 FR    Art. 45      O ES-CN    Art. 44      O ES-CN    Art. 44
FR          goods       BG      S 20 FR    Art. 59c     S 20 FR    Art. 59c     K BG       Art. 138
FR          goods       DE      S 20 FR    Art. 59c     S 20 FR    Art. 59c     K DE       Art. 138
FR          goods       FR      S 20 FR    Art. 31      S 20 FR    Art. 31      S 20 FR    Art. 31
FR          goods       XI      S 20 FR    Art. 59c     S 20 FR    Art. 59c     K XI       Art. 138
FR          goods       GB      G GB       Art. 146     G GB       Art. 146     G GB       Art. 146
FR          goods       US      G US       Art. 146     G US       Art. 146     G US       Art. 146
FR          goods       RU      G RU       Art. 146     G RU       Art. 146     G RU       Art. 146
FR          goods       ES-CN   G ES-CN    Art. 146     G ES-CN    Art. 146     G ES-CN    Art. 146
FR+oss      electronic  BG      S 20 BG    Art. 58      S 20 BG    Art. 58      AE BG      Art. 44
FR+oss      electronic  DE      S 19 DE    Art. 58      S 19 DE    Art. 58      AE DE      Art. 44
FR+oss      electronic  FI      S 25.5 FI  Art. 58      S 25.5 FI  Art. 58      AE FI      Art. 44
FR+oss      goods       BG      S 20 BG    Art. 33(a)   S 20 BG    Art. 33(a)   K BG       Art. 138
FR+oss      goods       DE      S 19 DE    Art. 33(a)   S 19 DE    Art. 33(a)   K DE       Art. 138
FR+oss      goods       XI      S 20 XI    Art. 33(a)   S 20 XI    Art. 33(a)   K XI       Art. 138
FR+oss      goods       FI      S 25.5 FI  Art. 33(a)   S 25.5 FI  Art. 33(a)   K FI       Art. 138
GB          electronic  BG      O BG       VATA         O BG       VATA         O BG       VATA
GB          electronic  DE      O DE       VATA         O DE       VATA         O DE       VATA
GB          electronic  FR      O FR       VATA         O FR       VATA         O FR       VATA
GB          electronic  XI      S 20 GB    VATA         S 20 GB    VATA         S 20 GB    VATA
GB          electronic  GB      S 20 GB    VATA         S 20 GB    VATA         S 20 GB    VATA
GB          electronic  US      O US       VATA         O US       VATA         O US       VATA
GB          electronic  RU      O RU       VATA         O RU       VATA         O RU       VATA
GB          electronic  ES-CN   O ES-CN    VATA         O ES-CN    VATA         O ES-CN    VATA
GB          service     BG      S 20 GB    VATA         O BG       VATA         O BG       VATA
GB          service     DE      S 20 GB    VATA         O DE       VATA         O DE       VATA
GB          service     FR      S 20 GB    VATA         O FR       VATA         O FR       VATA
GB          service     XI      S 20 GB    VATA         S 20 GB    VATA         S 20 GB    VATA
GB          service     GB      S 20 GB    VATA         S 20 GB    VATA         S 20 GB    VATA
GB          service     US      S 20 GB    VATA         O US       VATA         O US       VATA
GB          service     RU      S 20 GB    VATA         O RU       VATA         O RU       VATA
GB          service     ES-CN   S 20 GB    VATA         O ES-CN    VATA         O ES-CN    VATA
GB          goods       BG      G BG       VATA         G BG       VATA         G BG       VATA
GB          goods       DE      G DE       VATA         G DE       VATA         G DE       VATA
GB          goods       FR      G FR       VATA         G FR       VATA         G FR       VATA
GB          goods       XI      S 20 GB    VATA         S 20 GB    VATA         S 20 GB    VATA
GB          goods       GB      S 20 GB    VATA         S 20 GB    VATA         S 20 GB    VATA
GB          goods       US      G US       VATA         G US       VATA         G US       VATA
GB          goods       RU      G RU       VATA         G RU       VATA         G RU       VATA
GB          goods       ES-CN   G ES-CN    VATA         G ES-CN    VATA         G ES-CN    VATA
US          electronic  BG      O BG       no tax       O BG       no tax       O BG       no tax
US          electronic  DE      O DE       no tax       O DE       no tax       O DE       no tax
US          electronic  FR      O FR       no tax       O FR       no tax       O FR       no tax
US          electronic  XI      O GB       no tax       O GB       no tax       O GB       no tax
US          electronic  GB      O GB       no tax       O GB       no tax       O GB       no tax
US          electronic  US      S 8.25 US  sales tax    S 8.25 US  sales tax    S 8.25 US  sales tax
US          electronic  RU      O RU       no tax       O RU       no tax       O RU       no tax
US          electronic  ES-CN   O ES-CN    no tax       O ES-CN    no tax       O ES-CN    no tax
US          service     BG      O BG       no tax       O BG       no tax       O BG       no tax
US          service     DE      O DE       no tax       O DE       no tax       O DE       no tax
US          service     FR      O FR       no tax       O FR       no tax       O FR       no tax
US          service     XI      O GB       no tax       O GB       no tax       O GB       no tax
US          service     GB      O GB       no tax       O GB       no tax       O GB       no tax
US          service     US      S 8.25 US  sales tax    S 8.25 US  sales tax    S 8.25 US  sales tax
US          service     RU      O RU       no tax       O RU       no tax       O RU       no tax
US          service     ES-CN   O ES-CN    no tax       O ES-CN    no tax       O ES-CN    no tax
US          goods       BG      O BG       no tax       O BG       no tax       O BG       no tax
US          goods       DE      O DE       no tax       O DE       no tax       O DE       no tax
US          goods       FR      O FR       no tax       O FR       no tax       O FR       no tax
US          goods       XI      O XI       no tax       O XI       no tax       O XI       no tax
US          goods       GB      O GB       no tax       O GB       no tax       O GB       no tax
US          goods       US      S 8.25 US  sales tax    S 8.25 US  sales tax    S 8.25 US  sales tax
US          goods       RU      O RU       no tax       O RU       no tax       O RU       no tax
US          goods       ES-CN   O ES-CN    no tax       O ES-CN    no tax       O ES-CN    no tax
RU          electronic  BG      O BG       ст. 148      O BG       ст. 148      O BG       ст. 148
RU          electronic  DE      O DE       ст. 148      O DE       ст. 148      O DE       ст. 148
RU          electronic  FR      O FR       ст. 148      O FR       ст. 148      O FR       ст. 148
RU          electronic  XI      O GB       ст. 148      O GB       ст. 148      O GB       ст. 148
RU          electronic  GB      O GB       ст. 148      O GB       ст. 148      O GB       ст. 148
RU          electronic  US      O US       ст. 148      O US       ст. 148      O US       ст. 148
RU          electronic  RU      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          electronic  ES-CN   O ES-CN    ст. 148      O ES-CN    ст. 148      O ES-CN    ст. 148
RU          service     BG      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          service     DE      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          service     FR      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          service     XI      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          service     GB      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          service     US      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          service     RU      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          service     ES-CN   S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          goods       BG      G BG       ст. 164      G BG       ст. 164      G BG       ст. 164
RU          goods       DE      G DE       ст. 164      G DE       ст. 164      G DE       ст. 164
RU          goods       FR      G FR       ст. 164      G FR       ст. 164      G FR       ст. 164
RU          goods       XI      G XI       ст. 164      G XI       ст. 164      G XI       ст. 164
RU          goods       GB      G GB       ст. 164      G GB       ст. 164      G GB       ст. 164
RU          goods       US      G US       ст. 164      G US       ст. 164      G US       ст. 164
RU          goods       RU      S 22 RU    ст. 148      S 22 RU    ст. 148      S 22 RU    ст. 148
RU          goods       ES-CN   G ES-CN    ст. 164      G ES-CN    ст. 164      G ES-CN    ст. 164
RU          goods       KZ      G KZ       ст. 164      G KZ       ст. 164      G KZ       ст. 164
FR          goods       RE      G RE       Art. 146     G RE       Art. 146     G RE       Art. 146
BG-none     electronic  BG      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
BG-none     electronic  DE      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
BG-none     electronic  US      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
BG-none     service     BG      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
BG-none     service     DE      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
BG-none     service     US      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
BG-none     goods       BG      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
BG-none     goods       DE      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
BG-none     goods       US      E BG       Art. 284     E BG       Art. 284     E BG       Art. 284
DE-none     electronic  DE      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
DE-none     electronic  BG      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
DE-none     electronic  US      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
DE-none     service     DE      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
DE-none     service     BG      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
DE-none     service     US      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
DE-none     goods       DE      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
DE-none     goods       BG      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
DE-none     goods       US      E DE       Art. 284     E DE       Art. 284     E DE       Art. 284
FR-none     electronic  FR      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
FR-none     electronic  DE      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
FR-none     electronic  US      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
FR-none     service     FR      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
FR-none     service     DE      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
FR-none     service     US      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
FR-none     goods       FR      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
FR-none     goods       DE      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
FR-none     goods       US      E FR       Art. 284     E FR       Art. 284     E FR       Art. 284
GB-none     electronic  GB      E GB       not          E GB       not          E GB       not
GB-none     electronic  DE      E GB       not          E GB       not          E GB       not
GB-none     electronic  US      E GB       not          E GB       not          E GB       not
GB-none     service     GB      E GB       not          E GB       not          E GB       not
GB-none     service     DE      E GB       not          E GB       not          E GB       not
GB-none     service     US      E GB       not          E GB       not          E GB       not
GB-none     goods       GB      E GB       not          E GB       not          E GB       not
GB-none     goods       DE      E GB       not          E GB       not          E GB       not
GB-none     goods       US      E GB       not          E GB       not          E GB       not
US-none     electronic  US      E US       not          E US       not          E US       not
US-none     electronic  DE      E US       not          E US       not          E US       not
US-none     electronic  GB      E US       not          E US       not          E US       not
US-none     service     US      E US       not          E US       not          E US       not
US-none     service     DE      E US       not          E US       not          E US       not
US-none     service     GB      E US       not          E US       not          E US       not
US-none     goods       US      E US       not          E US       not          E US       not
US-none     goods       DE      E US       not          E US       not          E US       not
US-none     goods       GB      E US       not          E US       not          E US       not
RU-none     electronic  RU      E RU       not          E RU       not          E RU       not
RU-none     electronic  DE      E RU       not          E RU       not          E RU       not
RU-none     electronic  US      E RU       not          E RU       not          E RU       not
RU-none     service     RU      E RU       not          E RU       not          E RU       not
RU-none     service     DE      E RU       not          E RU       not          E RU       not
RU-none     service     US      E RU       not          E RU       not          E RU       not
RU-none     goods       RU      E RU       not          E RU       not          E RU       not
RU-none     goods       DE      E RU       not          E RU       not          E RU       not
RU-none     goods       US      E RU       not          E RU       not          E RU       not
"""


def _cells() -> Iterator[tuple[str, str, str, Standing, str]]:
    for row in TABLE.strip().splitlines():
        seller, kind, buyer = row[:12].strip(), row[12:24].strip(), row[24:32].strip()
        for place, standing in zip((32, 56, 80), Standing, strict=True):
            yield seller, kind, buyer, standing, row[place : place + 24].strip()


def _seller(written: str) -> TaxSeller:
    territory = written[:2]
    return TaxSeller(
        territory,
        HOME[territory],
        registered=not written.endswith("-none"),
        one_stop_shop=written.endswith("+oss"),
    )


def _tax(written: str) -> tuple[SupplyTax, str]:
    category, *rest = written.split()
    percent = Decimal(rest.pop(0)) if category == "S" else Decimal(0)
    return SupplyTax(TaxCategory(category), percent, rest.pop(0)), " ".join(rest)


@pytest.mark.parametrize(("seller", "kind", "buyer", "standing", "cell"), [*_cells()])
def test_each_supply_has_its_tax_and_its_law(
    seller: str, kind: str, buyer: str, standing: Standing, cell: str
) -> None:
    expected, article = _tax(cell)
    supply = Supply(KINDS[kind], "standard", DAY)
    ruling = rule_on(supply, seller=_seller(seller), buyer=TaxBuyer(buyer, standing))
    assert ruling.tax == expected
    source, _, number = article.partition(" ")
    assert ruling.article.startswith(f"{SOURCES.get(source, source)} {number}".strip())


def test_the_table_has_a_cell_for_every_seller_kind_and_territory() -> None:
    """Who is not registered charges no tax, wherever the buyer is: two territories will do."""
    territories = {"BG", "DE", "FR", "XI", "GB", "US", "RU", "ES-CN"}
    rows = {(seller, kind, buyer) for seller, kind, buyer, _standing, _cell in _cells()}
    assert {*product(HOME, KINDS, territories)} <= rows
    for seller in HOME:
        found = {(kind, buyer) for one, kind, buyer in rows if one == f"{seller}-none"}
        assert {*product(KINDS, {seller})} <= found
        assert len(found) >= 3 * len(KINDS)


def _goods(sent_to: str, buyer: TaxBuyer, *, one_stop_shop: bool = False) -> SupplyTax:
    seller = TaxSeller("BG", HOME["BG"], one_stop_shop=one_stop_shop)
    return rule_on(
        Supply(SupplyKind.GOODS, "standard", DAY, sent_to), seller=seller, buyer=buyer
    ).tax


def test_e5_a_german_consumer_pays_what_germany_takes_once_the_seller_declares_it_there() -> None:
    """€10.03: 12.04 with the seller's 20 %, 11.94 with Germany's 19 %."""
    supply, buyer = Supply(SupplyKind.ELECTRONIC, "standard", DAY), TaxBuyer("DE")
    for written, gross in (("BG", 1204), ("BG+oss", 1194)):
        tax = rule_on(supply, seller=_seller(written), buyer=buyer).tax
        assert 1003 + percent_of(1003, tax.percent) == gross


@pytest.mark.parametrize("kind", SupplyKind)
@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("buyer", ["BG", "DE", "US"])
def test_e6_a_seller_without_registration_charges_no_tax_and_shifts_none(
    kind: SupplyKind, standing: Standing, buyer: str
) -> None:
    """Never 20 %, which would be owed (Article 203), and never reverse charge."""
    seller = _seller("BG-none")
    ruling = rule_on(Supply(kind, "standard", DAY), seller=seller, buyer=TaxBuyer(buyer, standing))
    assert (ruling.tax.category, ruling.tax.percent) == (TaxCategory.EXEMPT, Decimal(0))
    assert ground_of(ruling.tax.category, "BG") is not None


def test_goods_are_taxed_where_they_arrive() -> None:
    german = TaxBuyer("DE", Standing.CONFIRMED)
    assert _goods("BG", german) == SupplyTax(TaxCategory.STANDARD, Decimal(20), "BG")
    assert _goods("FR", german) == SupplyTax(TaxCategory.INTRA_COMMUNITY, Decimal(0), "FR")
    assert _goods("CH", german) == SupplyTax(TaxCategory.EXPORT, Decimal(0), "CH")


def test_a_business_that_is_identified_only_at_home_buys_with_tax_wherever_it_has_goods_sent() -> (
    None
):
    """Article 138 asks for a VAT number of another state than the one the goods leave."""
    bulgarian = TaxBuyer("BG", Standing.CONFIRMED)
    assert _goods("DE", bulgarian, one_stop_shop=True).place == "BG"
    assert _goods("DE", TaxBuyer("BG"), one_stop_shop=True).place == "DE"


def test_a_present_to_another_country_is_taxed_there() -> None:
    assert _goods("DE", TaxBuyer("BG"), one_stop_shop=True).percent == Decimal(19)
    assert _goods("XI", TaxBuyer("BG"), one_stop_shop=True).percent == Decimal(20)


def test_a_rate_of_nothing_is_zero_rated_not_exempt() -> None:
    seller = TaxSeller("BG", rates(books={date(2015, 1, 1): "0"}))
    ruling = rule_on(Supply(SupplyKind.GOODS, "books", DAY), seller=seller, buyer=TaxBuyer("BG"))
    assert ruling.tax.category is TaxCategory.ZERO


def test_the_rate_is_that_of_the_day_of_the_tax_event() -> None:
    seller = TaxSeller("RU", rates(standard={date(2019, 1, 1): "20", date(2026, 1, 1): "22"}))
    for day, percent in ((date(2025, 12, 31), 20), (date(2026, 1, 5), 22)):
        supply = Supply(SupplyKind.ELECTRONIC, "standard", day)
        assert rule_on(supply, seller=seller, buyer=TaxBuyer("RU")).tax.percent == percent


def test_a_class_without_a_rate_is_refused_and_never_taken_as_nothing() -> None:
    seller = TaxSeller("BG", HOME["BG"], one_stop_shop=True)
    reduced = Supply(SupplyKind.ELECTRONIC, "reduced", DAY)
    with pytest.raises(NoRate, match="reduced"):
        rule_on(reduced, seller=seller, buyer=TaxBuyer("BG"))
    with pytest.raises(NoRateAbroad, match="reduced"):
        rule_on(reduced, seller=seller, buyer=TaxBuyer("DE"))
    confirmed = TaxBuyer("DE", Standing.CONFIRMED)
    assert (
        rule_on(reduced, seller=seller, buyer=confirmed).tax.category is TaxCategory.REVERSE_CHARGE
    )
