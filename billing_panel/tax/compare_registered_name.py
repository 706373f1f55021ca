"""Whether a register has a VAT number under plainly another name than the client’s. Pure.

Registers write names in capitals, abridged, with the legal form at either end. So two names differ
plainly only where they have nothing in common: no word, and no likeness as a whole. What is written
in two alphabets is not compared.
"""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from billing_panel.kernel.input.text_folding import fold

FORMS = (
    "gmbh ug ag kg ohg ood eood ad ead et sa sas sarl srl spa snc bv nv ltd limited llc llp inc plc"
    " oy oyj ab as aps sro spol sp zo o doo dd kft zrt bt nyrt ou uab sia vof lda slu sl scs sca"
    " eurl gbr mbh co kgaa se ae epe ike oe ee the and und et y e ООД ЕООД АД ЕАД ЕТ СД"
)
LEGAL_FORMS = frozenset(map(fold, FORMS.split()))
ALIKE = 0.6
LEAST = 3


def is_plainly_another(name: str, register_name: str) -> bool:
    """``register_name`` empty: the register doesn’t say, and nothing differs."""
    if not _same_alphabet(name, register_name):
        return False
    own, said = _words(name), _words(register_name)
    if not own or not said or set(own) & set(said):
        return False
    return SequenceMatcher(None, "".join(own), "".join(said)).ratio() < ALIKE


def _words(name: str) -> Sequence[str]:
    """Without legal forms and initials; where nothing else is left, with them."""
    # ``s.r.o.`` and ``sp. z o.o.`` are words of one letter
    every = re.findall(r"\w+", fold(name).replace(".", ""))
    return [one for one in every if one not in LEGAL_FORMS and len(one) >= LEAST] or every


def _same_alphabet(one: str, other: str) -> bool:
    return bool(_alphabets(one) & _alphabets(other))


def _alphabets(name: str) -> set[str]:
    return {
        unicodedata.name(character, "").partition(" ")[0]
        for character in name
        if character.isalpha()
    }
