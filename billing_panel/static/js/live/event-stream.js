// The text of a stream of server-sent events, read as it comes (the format of the HTML standard).

/**
 * Yields ``{name, id, data, retry}`` for each block of ``body``, null where it has none of these;
 * ``heard`` is told of every piece.
 */
export async function* events(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    text += value;
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop();
    for (const block of blocks) yield read(block);
  }
}

function read(block) {
  const fields = { event: "message", id: null, retry: null };
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (name === "data") data.push(value);
    else if (name) fields[name] = value; // a comment has no name
  }
  const { event: name, id, retry } = fields;
  return { name, id, retry, data: data.length ? JSON.parse(data.join("\n")) : null };
}
