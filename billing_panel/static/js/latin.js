// Which key was meant on a keyboard that is set to Cyrillic: the Latin letter of the same key.

export function latin(event) {
  if (event.key.length !== 1 || event.key.charCodeAt(0) < 128) return event.key;
  return /^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase() ?? event.key;
}
