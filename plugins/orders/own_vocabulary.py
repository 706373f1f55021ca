"""What the orders plugin itself brings to the language of workflows."""

from plugins.orders.lifecycle.effects import EFFECTS
from plugins.orders.store.versions.installed_vocabulary import LanguagePart, NamedEffect
from plugins.orders.workflow.vocabulary import ACTIONS, ASIDE, ONLINE, REQUIREMENTS
from plugins.orders.workflow.vocabulary import EFFECTS as EFFECT_INFO

OWN_LANGUAGE = LanguagePart(
    effects={name: NamedEffect(EFFECT_INFO[name], run) for name, run in EFFECTS.items()},
    requirements=REQUIREMENTS,
    actions=ACTIONS,
    aside=ASIDE,
    online=ONLINE,
)
