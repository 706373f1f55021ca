"""What messages bring to the language of workflows."""

from plugins.messages.automatic.order_messages import MESSAGE, MESSAGE_FIELD
from plugins.orders.store.versions.installed_vocabulary import LanguagePart

OWN_LANGUAGE = LanguagePart(requirements={MESSAGE: MESSAGE_FIELD})
